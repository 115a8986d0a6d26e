"""Guided DDIM chains that end in wreckage: which ones, and what is said of them wherever they are about to run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from diffviz import catalog
from diffviz.scene import RunSpec, SamplerSpec, Scene

WARNING = (
    "Guidance pushes x̂_0 out of [-1, 1]; after clipping, DDIM steps along an ε̂ that no longer fits, and colours drift"
)


def drifts(scene: Scene, own_clips: bool = True, experiment: bool = False) -> bool:
    """Whether the scene's chain, or one of its experiment's, goes astray so.

    Args:
        own_clips: whether the model's own scheduler clips x̂_0.
        experiment: what is about to run is the scene's experiment.
    """
    if experiment:
        return any(_drifts(run, own_clips) for run in _runs(scene))
    return _drifts(RunSpec(scene.model, scene.sampler), own_clips, scene.in_rows)


def rederived(scene: Scene, own_clips: bool = True, experiment: bool = False) -> Scene:
    """The same where what goes astray so derives ε̂ again: rows of a comparison bring their own settings, which those of
    the panel stay equal to where they are; no row stands there twice."""
    spec = scene.experiment
    rows = spec.runs if experiment and spec.name == "compare" else ()
    if not rows:
        return scene.replace(model=replace(scene.model, rederive_eps=True))
    astray = {run.model for run in rows if _drifts(run, own_clips)}
    again = {model: replace(model, rederive_eps=True) for model in astray}
    runs = dict.fromkeys(RunSpec(again.get(run.model, run.model), run.sampler) for run in rows)
    return scene.replace(model=again.get(scene.model, scene.model), experiment=replace(spec, runs=tuple(runs)))


def _drifts(run: RunSpec, own_clips: bool, in_rows: bool = False) -> bool:
    spec = run.model
    clips = own_clips if spec.clip == "own" else spec.clip != "none"
    guided = spec.guidance > 1 and (spec.class_label is not None or in_rows)
    return run.sampler.name == "ddim" and guided and clips and not spec.rederive_eps


def _runs(scene: Scene) -> Iterable[RunSpec]:
    """The chains that an experiment runs."""
    own, experiment = RunSpec(scene.model, scene.sampler), scene.experiment
    if experiment.name == "compare":
        return experiment.runs or [own]
    given = {**catalog.experiment_defaults(experiment.name), **dict(experiment.params)}
    if experiment.name == "convergence":
        names = [name for name in re.split(r"[\s,;]+", str(given["samplers"])) if name in catalog.SAMPLERS]
        return [RunSpec(scene.model, SamplerSpec(name)) for name in names]
    if experiment.name == "weights":
        return [RunSpec(replace(scene.model, guidance=weight), scene.sampler) for weight in _numbers(given["weights"])]
    if experiment.name == "step_counts":
        return [RunSpec(scene.model, SamplerSpec("ddim"))]
    # unguided and unclipped, DDPM's, or none
    if not {"sampler", "guidance"}.isdisjoint(catalog.unread(experiment.name, experiment.params)):
        return []
    return [own]


def _numbers(text: object) -> list[float]:
    """Those of the words that are numbers; the experiment refuses the others."""
    return [float(word) for word in re.findall(r"[\d.]+", str(text)) if re.fullmatch(r"\d+\.?\d*|\.\d+", word)]
