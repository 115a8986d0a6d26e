"""The experiments of the laboratory: name -> generator of the parts of its sheet. One file each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from types import MappingProxyType

from diffviz.engine.experiments.checkpoints import checkpoints
from diffviz.engine.experiments.compare import compare
from diffviz.engine.experiments.convergence import convergence
from diffviz.engine.experiments.copies import copies
from diffviz.engine.experiments.exact import exact
from diffviz.engine.experiments.guidance import guidance, weights
from diffviz.engine.experiments.in_words import in_words_of
from diffviz.engine.experiments.interpolation import interpolation
from diffviz.engine.experiments.inversion import inversion
from diffviz.engine.experiments.learning import learning
from diffviz.engine.experiments.loss import loss
from diffviz.engine.experiments.memorising import memorising
from diffviz.engine.experiments.mistakes import mistakes
from diffviz.engine.experiments.one_step import one_step
from diffviz.engine.experiments.path_distance import path_distance
from diffviz.engine.experiments.posterior_walk import posterior_walk
from diffviz.engine.experiments.step_counts import step_counts
from diffviz.engine.experiments.strength import strength
from diffviz.engine.experiments.targets import targets
from diffviz.engine.experiments.translator import translator
from diffviz.engine.experiments.words import words
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.experiments.wrong_t import wrong_t
from diffviz.sheet import Outline, Part, Remark

# A generator of Parts, the Outline first. It yields often (each network call): between two parts it can be cancelled.
# What cannot be done is a ValueError with one sentence, before the Outline.
Experiment = Callable[[Workbench], Generator[Part, None, None]]

EXPERIMENTS: MappingProxyType[str, Experiment] = MappingProxyType(
    {
        "compare": compare,
        "convergence": convergence,
        "checkpoints": checkpoints,
        "guidance": guidance,
        "weights": weights,
        "words": words,
        "strength": strength,
        "inversion": inversion,
        "interpolation": interpolation,
        "exact": exact,
        "mistakes": mistakes,
        "one_step": one_step,
        "posterior_walk": posterior_walk,
        "targets": targets,
        "loss": loss,
        "wrong_t": wrong_t,
        "translator": translator,
        "copies": copies,
        "step_counts": step_counts,
        "path_distance": path_distance,
        "learning": learning,
        "memorising": memorising,
    }
)


def parts_of(bench: Workbench) -> Generator[Part, None, None]:
    """What the scene's experiment yields, in the words of the kind of data that the model knows.

    Until it has a sentence of its own, its settings are said: one that is stopped may never come to it.
    """
    with contextlib.closing(EXPERIMENTS[bench.scene.experiment.name](bench)) as parts:
        for part in parts:
            yield in_words_of(bench.model.kind, part)
            if isinstance(part, Outline):
                yield Remark(f"{bench.asked}.")
