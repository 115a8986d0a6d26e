"""Whether a scene's values are in range: what is wrong with one is said in a sentence with its name."""

from __future__ import annotations

import re

from diffviz import catalog
from diffviz.checks import MAX_TEXT, SceneError, among, between, check_type, shown
from diffviz.entries import Entry
from diffviz.lens_catalog import LENSES, pixel_of, place_of
from diffviz.scene import (
    COUNTS,
    DIRECTIONS,
    FORWARD_NOISE,
    GUESSES,
    MAX_FAVOURITES,
    MAX_GUIDANCE,
    MAX_LEGS,
    MAX_PINNED,
    MAX_RUNS,
    MAX_SEED,
    MAX_T,
    MAX_TIMES,
    MAX_TITLE,
    VIEW_CHOICES,
    DataSpec,
    Favourite,
    Leg,
    ModelSpec,
    Params,
    RunSpec,
    Scene,
    ScheduleSpec,
    ViewSpec,
)


def check_scene(scene: Scene) -> Scene:
    """The same scene, or a SceneError that names the value that is out of range and the range."""
    among("direction", scene.direction, DIRECTIONS)
    among("data.kind", scene.data.kind, catalog.KINDS)
    _check_source(scene.data)
    for spec in (scene.schedule, *scene.pinned):
        check_schedule(spec)
    between("the number of pinned", len(scene.pinned), 0, MAX_PINNED)
    if not scene.view.guess.startswith("path:"):
        samples = (name for kind in catalog.KINDS.values() for name in kind.samples())
        among("view.guess", scene.view.guess, (*GUESSES, *samples))
    between("view.split", scene.view.split, 0, 1)
    between("view.forward_t", scene.view.forward_t, 0, MAX_T)
    between("view.strength", scene.view.strength, 0, 1)
    for name, choices in VIEW_CHOICES.items():
        among(f"view.{name}", getattr(scene.view, name), choices)
    _check_lens(scene.view)
    among("count", scene.count, COUNTS)
    among("forward_noise", scene.forward_noise, FORWARD_NOISE)
    between("t", scene.t, 0, scene.schedule.T if scene.forward else MAX_T)
    between("view.speed", scene.view.speed, 0.1, 10)
    among("experiment.name", scene.experiment.name, catalog.EXPERIMENTS)
    _check_params("experiment", catalog.EXPERIMENTS[scene.experiment.name], scene.experiment.params)
    between("the number of experiment.runs", len(scene.experiment.runs), 0, MAX_RUNS)
    for run in scene.experiment.runs:
        _check_run("experiment.runs: ", run)
    between("the number of favourites", len(scene.favourites), 0, MAX_FAVOURITES)
    _check_chain("", scene)
    for favourite in scene.favourites:
        _check_chain("favourites: ", favourite)
    return scene


def check_schedule(spec: ScheduleSpec) -> None:
    """Raise SceneError unless it is a schedule."""
    among("schedule.name", spec.name, (*catalog.SCHEDULES, catalog.CUSTOM.name))
    between("schedule.T", spec.T, 2, MAX_T)
    _check_params("schedule", catalog.schedule(spec.name), spec.params)
    if spec.name == catalog.CUSTOM.name:
        between("the number of betas", len(spec.betas), 2, MAX_T)
    between("the length of schedule.title", len(spec.title), 0, MAX_TITLE)
    wrong = next((t for t, beta in enumerate(spec.betas, 1) if not 0 < beta < 1), 0)
    if wrong:
        raise SceneError(f"β = {shown(spec.betas[wrong - 1])} at t = {wrong} is not between 0 and 1.")


def _check_chain(where: str, chain: Scene | Favourite) -> None:
    _check_run(where, chain)
    between(f"{where}seed", chain.seed, 0, MAX_SEED)
    between(f"{where}start", chain.start, 0, MAX_T)
    if chain.inpaint.mask:
        _check_source(DataSpec(source=chain.inpaint.mask), f"{where}inpaint.mask")
    between(f"{where}inpaint.jump", chain.inpaint.jump, 1, MAX_T)
    between(f"{where}inpaint.times", chain.inpaint.times, 1, MAX_TIMES)
    between(f"the number of legs in {where}history", len(chain.history), 0, MAX_LEGS)
    between(f"{where}noise", chain.noise, -1, MAX_SEED)
    for leg in chain.history:
        _check_run(f"{where}history: ", leg)
        between(f"{where}history: t", leg.t, 1, MAX_T)
        between(f"{where}history: noise", leg.noise, -1, MAX_SEED)


def _check_run(where: str, run: RunSpec | Leg | Favourite | Scene) -> None:
    among(f"{where}sampler.name", run.sampler.name, catalog.SAMPLERS)
    among(f"{where}sampler.spacing", run.sampler.spacing, catalog.SPACINGS)
    between(f"{where}sampler.steps", run.sampler.steps, 1, MAX_T)
    between(f"{where}sampler.offset", run.sampler.offset, 0, MAX_T - 1)
    _check_model(where, run.model)
    _check_params("sampler", catalog.SAMPLERS[run.sampler.name], run.sampler.params)


def _check_model(where: str, model: ModelSpec) -> None:
    between(f"{where}the length of model.class_label", len(model.class_label or ""), 0, MAX_TEXT)
    between(f"{where}model.guidance", model.guidance, 0, MAX_GUIDANCE)
    among(f"{where}model.clip", model.clip, catalog.CLIPS)
    between(f"{where}model.rescale", model.rescale, 0, 1)
    between(f"{where}model.blend", model.blend, 0, 1)
    between(f"{where}model.guidance_low", model.guidance_low, 0, MAX_T - 1)
    between(f"{where}model.guidance_high", model.guidance_high, model.guidance_low + 1, MAX_T)


def _check_source(data: DataSpec, where: str = "data.source") -> None:
    scheme, _, rest = data.source.partition(":")
    among(f"{where}'s scheme", scheme, ("builtin", "path", "sha256"))
    if scheme == "builtin":
        among(f"{where}'s {data.kind}", rest, catalog.KINDS[data.kind].samples())
    elif scheme == "sha256" and not re.fullmatch("[0-9a-f]{64}", rest):
        raise SceneError(f"{where} = {shown(data.source)} is not sha256: and 64 hexadecimal digits.")


def _check_params(part: str, entry: Entry, given: Params) -> None:
    declared = {param.name: param for param in entry.params}
    for name, value in given:
        if name not in declared:
            raise SceneError(f"{entry.name} has no parameter {shown(name)}; it has {', '.join(declared) or 'none'}.")
        param = declared[name]
        if param.choices:
            among(f"{part}.{name}", value, param.choices)
        elif param.kind != "number":
            check_type(f"{part}.{name}", value, "")
        else:
            between(f"{part}.{name}", value, param.low, param.high)


def _check_lens(view: ViewSpec) -> None:
    among("view.lens", view.lens, LENSES)
    for key, value in view.lens_params:
        lens, _, name = key.partition(".")
        among("the lens of view.lens_params", lens, LENSES)
        _check_params(f"view.lens_params.{lens}", LENSES[lens], ((name, value),))
    for name, read, text in (("pixel", pixel_of, view.pixel), ("point", place_of, view.point)):
        try:
            read(text)
        except ValueError as error:
            raise SceneError(f"view.{name} = {error}.") from error
