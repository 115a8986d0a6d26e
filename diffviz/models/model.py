"""Model: a loaded network together with the process that it was trained with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.denoiser import Denoiser, Limits, network_denoiser
from diffviz.kinds import PICTURE, Kind
from diffviz.models.classes import Classes
from diffviz.models.closed_form import ClosedForm
from diffviz.models.errors import ModelError
from diffviz.models.folder import short
from diffviz.models.scheduler import Process
from diffviz.models.traced import Forward
from diffviz.models.worded import WordedNetwork
from diffviz.sampling import Sampling
from diffviz.vocabulary import Wording

if TYPE_CHECKING:
    from diffusers import UNet2DModel

    from diffviz.models.text_encoder import TextEncoder


@dataclass(frozen=True, eq=False)
class Model:
    """What ``load_model`` returns.

    Attributes:
        name: as it was asked for, for people.
        folder: where the files lie.
        network: the UNet2DModel, float32, in eval mode and channels_last, without gradients. For a set of pictures
            or a cloud of points instead of weights: their ExactNetwork, its CloudNetwork; of trained points a
            SmallNetwork. For a person's own function: a CallableNetwork.
        process: schedule, prediction type and clipping of the scheduler.
        classes: names and null class; empty for an unconditional model.
        sample_shape: of one sample: (C, H, W), or as its kind has it.
        kind: what its samples are.
        words: what it understands of a prompt, of a network that is told words or texts.
        encoder: the text encoder, of one that is told texts.
        notes: what a person should know of what was read, such as tensors that were left out.
    """

    name: str
    folder: Path
    network: UNet2DModel | ClosedForm | WordedNetwork
    process: Process
    classes: Classes
    sample_shape: tuple[int, ...]
    notes: tuple[str, ...] = ()
    kind: Kind = PICTURE
    words: Wording | None = None
    encoder: TextEncoder | None = None

    @property
    def schedule(self) -> NoiseSchedule:
        return self.process.schedule

    @property
    def prediction(self) -> str:
        """What the network returns: "epsilon", "v" or "x0"."""
        return self.process.prediction

    @property
    def clip(self) -> str | None:
        """How the model's own scheduler clips x̂_0: "static", "dynamic" or None."""
        return self.process.clip

    @property
    def limits(self) -> Limits:
        """How far that clipping goes."""
        return Limits(self.process.clip_range, self.process.quantile, self.process.max_scale)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the labels 0, 1, ...; empty for an unconditional model."""
        return self.classes.names

    @property
    def null_class(self) -> int | None:
        return self.classes.null

    @property
    def null(self) -> int | Tensor | None:
        """The condition that stands for "anything", which guidance needs: a class, or no word."""
        return self.null_class if self.words is None else self.condition("")

    def condition(self, prompt: str) -> Tensor:
        """(1, ...): what the network is called with for a prompt, where it is told words or texts."""
        assert self.words is not None
        numbers = torch.tensor(self.words.encode(prompt))
        return (numbers[None] if self.encoder is None else self.encoder(numbers)).to(self.device)

    def weights(self) -> Iterator[Tensor]:
        """All that was learned."""
        yield from self.network.parameters()
        if self.encoder is not None:
            yield from self.encoder.module.parameters()

    @property
    def device(self) -> torch.device:
        return self.network.device

    @property
    def learned_variance(self) -> bool:
        """Whether the network says a variance too, for the sampler's "learned_range"."""
        return bool(self.network.config["out_channels"] == 2 * self.sample_shape[0])

    @property
    def sampling(self) -> Sampling | None:
        """How its scheduler says that it is to be sampled; None without one.

        A variance that the network does not learn is left out.
        """
        said = self.process.sampling
        if said is None or self.learned_variance or ("variance", "learned_range") not in said.params:
            return said
        params = tuple(pair for pair in said.params if pair[0] != "variance")
        return replace(said, params=params, left_out=("variance_type: learned_range", *said.left_out))

    @property
    def any_size(self) -> bool:
        """Whether the network's config names no size, so that the samples' is a choice."""
        return self.network.config.get("sample_size", 0) is None

    @property
    def summary(self) -> str:
        """One line: "32x32 RGB · v · linear 1000 · clip · cpu"."""
        return f"{self.kind.made_words(self.sample_shape)} · {self.process.summary} · {self.device}"

    @cached_property
    def fingerprint(self) -> str:
        """What tells this network and process from another one that lay in the same folder before or after."""
        known = self.summary, self.clip, self.limits, self.sample_shape, self.classes, self.words
        digest = hashlib.sha256(repr(known).encode())
        digest.update(self.schedule.beta.tobytes())
        for weight in self.weights():
            # a data set as a network may be a GiB: no second one beside it; on the CPU, because MPS has no float64
            for part in weight.detach().flatten().split(2**22):
                wide = part.cpu().double()
                digest.update(torch.stack([wide.sum(), wide.square().sum()]).numpy().tobytes())
        return digest.hexdigest()

    @cached_property
    def _forward(self) -> Forward:
        return Forward(self.network, self.sample_shape)

    def warm_up(self) -> None:
        """Do now what the first step would else wait for, up to a second."""
        _ = self._forward

    def run_network(self, x: Tensor, timestep: Tensor, class_labels: Tensor | None) -> Tensor:
        """The bare network, for x of any float dtype.

        Args:
            x: (B, *S) on the model's device.
            timestep: (B,), as the network counts: level t is timestep t-1; int64, or float32 between whole levels.
            class_labels: int64 (B,), of words (B, 12, 6), of texts float32 (B, L, D + 1), or None for an
                unconditional model.
        """
        if timestep.is_floating_point() and self.network.config["time_embedding_type"] == "learned":
            timestep = timestep.round().long()  # a table has no row between two levels
        rows = torch.channels_last if x.ndim == 4 else torch.contiguous_format
        x_in = x.to(self.network.dtype, memory_format=rows)
        return self._forward(x_in, timestep, class_labels).to(x.dtype)

    def denoiser(
        self,
        class_label: int | str | Tensor | None = None,
        guidance: float = 1.0,
        clip: str | None = "own",
        rederive_eps: bool = False,
        rescale: float = 0.0,
        guided_between: tuple[float, float] | None = None,
        blended_with: int | str | Tensor | None = None,
        blend: float = 0.5,
        away_from: str = "",
    ) -> Denoiser:
        """A denoiser ``(x_t, t) -> Prediction`` for any batch size.

        Args:
            class_label: label or name for all, or integer tensor (B,). None: the null class. Of a network of words: a
                prompt, or the conditions of several, (B, ...); "" and None say nothing.
            guidance, away_from: w of uncond + w (cond - uncond), 1 is off; a prompt or class that is said for uncond.
            clip: "static" (to the scheduler's clip_sample_range, 1 as a rule), "dynamic" (by its ratio and
                sample_max_value, if it has them) or None; "own", the default, is what it does (``Model.clip``).
            rederive_eps: after clipping, compute ε̂ again from x_t and x̂_0 instead of keeping the network's. Guided
                ddim chains need it: the guided x̂_0 is clipped much, and the ε̂ kept then no longer belongs to it.
            rescale: φ in 0..1, the share by which the guided output gets the conditional one's deviation; 0 is off.
            guided_between: guidance at low <= t <= high alone, the conditional prediction elsewhere. None: at every t.
            blended_with, blend: a second condition, as ``class_label``, and its share: the two predictions are mixed.
        Raises:
            ModelError: for an unknown class, or guidance without a null class.
            ValueError: for any other number that is out of range, ``guided_between`` above the model's T among them.
        """
        clip = self.process.clip if clip == "own" else clip
        labels = self._labels(class_label)
        other = None if blended_with is None else self._labels(blended_with)
        if blended_with is not None:
            labels, other = (self.null if each is None else each for each in (labels, other))
        if guidance != 1 and self.null is None:
            raise ModelError(f"{self.name}: has no null class, so guidance = {guidance:g} is impossible; set it to 1.")
        if guided_between is not None and (low := guided_between[0]) > (T := self.schedule.T):
            raise ValueError(f"guidance from t = {low:g} on acts nowhere: the model's levels are 1..{T}; lower it.")
        null, away = self.null, self._labels(away_from or None) if guidance != 1 else None
        if away is not None:
            labels, null = null if labels is None else labels, away
        if labels is None:
            guidance = 1.0  # cond is uncond: the same result at half the work
        return network_denoiser(
            self.run_network,
            self.schedule,
            prediction=self.prediction,
            clip=clip,
            limits=self.limits,
            rederive_eps=rederive_eps,
            class_labels=labels,
            null_label=null,
            guidance=guidance,
            rescale=rescale,
            guided_between=guided_between,
            blended_with=other,
            blend=blend,
        )

    def decode(self, x: Tensor) -> Tensor:
        """Back to pictures: identity, for a pixel model. Whoever shows or exports calls it."""
        return x

    def _labels(self, wanted: int | str | Tensor | None) -> int | Tensor | None:
        """Labels that the network knows; out of range they would take a GPU's whole context down."""
        if self.words is not None:
            return self._told(wanted, self.words)
        if wanted is None:
            if self.classes.count and self.null_class is None:
                raise ModelError(f"{self.name}: has no null class; choose one of its classes, {self._names(200)}.")
            return None
        if not self.classes.count:
            raise ModelError(f"{self.name}: has no classes; leave the class out.")
        if isinstance(wanted, str):
            if wanted not in self.class_names:
                raise ModelError(f"{self.name}: knows no class {short(wanted)}; choose one of {self._names(600)}.")
            return self.class_names.index(wanted)
        values = wanted if isinstance(wanted, Tensor) else torch.tensor([wanted])
        if values.is_floating_point() or values.ndim > 1:
            raise ModelError(f"{self.name}: class labels are whole numbers, one for all or one for each sample.")
        if values.numel() and not 0 <= int(values.min()) <= int(values.max()) < self.classes.count:
            raise ModelError(f"{self.name}: a class label is outside 0..{self.classes.count - 1}.")
        return wanted.to(self.device) if isinstance(wanted, Tensor) else wanted

    def _told(self, wanted: int | str | Tensor | None, words: Wording) -> Tensor | None:
        """The condition of a prompt; None where nothing is said."""
        if isinstance(wanted, Tensor):
            assert isinstance(self.network, WordedNetwork)
            if objection := self.network.objection(wanted):
                raise ModelError(f"{self.name}: {objection}.")
            return wanted.to(self.device)
        if isinstance(wanted, int):
            some = short(repr(words.such_as()), 80)
            raise ModelError(f"{self.name}: is told words, not classes; give a prompt such as {some}.")
        return self.condition(wanted) if wanted and words.read(wanted).phrases else None

    def _names(self, length: int) -> str:
        return short(", ".join(self.class_names), length)
