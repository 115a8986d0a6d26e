"""ModelInfo: what the window shows of a model, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass, field

from diffviz.diffusion import NoiseSchedule
from diffviz.kinds.known import Snapshot
from diffviz.sampling import Sampling
from diffviz.vocabulary import Wording


@dataclass(frozen=True)
class ModelInfo:
    """What the window shows of a loaded model.

    ``any_size``: its folder names none, the person can say another. ``pictures``: it brings those it was trained on.
    ``learnt``: the digest of the points that a small network learnt, "" where that is not known. ``weights``: what
    tells it from another model of its name, by the first of its weights; "" where there are none.
    """

    name: str
    summary: str
    class_names: tuple[str, ...]
    null_class: int | None
    schedule: NoiseSchedule
    sample_shape: tuple[int, ...]
    prediction: str
    learned_variance: bool = False
    notes: tuple[str, ...] = ()
    any_size: bool = False
    pictures: bool = False
    kind: str = "picture"
    clips: bool = field(default=True, compare=False)  # x̂_0, of its own accord; no run file keeps it
    sampling: Sampling | None = field(default=None, compare=False)  # as its folder says; no run file keeps it
    vocabulary: Wording | None = field(default=None, compare=False)  # nor what it understands of a prompt
    learnt: str = ""
    weights: str = field(default="", compare=False)
    small: Snapshot | None = field(default=None, compare=False)  # nor the weights, of a small network of points

    @property
    def guides(self) -> bool:
        """Whether it can be asked for nothing in particular, which guidance goes on from."""
        return self.null_class is not None or self.vocabulary is not None


def one_network(one: ModelInfo | None, other: ModelInfo | None) -> bool:
    """Whether both tell of one network as it is loaded, also where it was loaded twice or one is a run file's."""
    return one is other or (one is not None and other is not None and "" != one.weights == other.weights)


def other_weights(one: ModelInfo | None, other: ModelInfo | None) -> bool:
    """Whether both are known to have weights, and others: of one name, it has learnt on in between."""
    return (
        one is not None and other is not None and "" not in (one.weights, other.weights) and not one_network(one, other)
    )
