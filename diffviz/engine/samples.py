"""The chains that samples and futures of another are: seed, class and legs; what else comes of a state, were the fresh
noise another."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from diffviz import catalog
from diffviz.kinds.tiles import Grid, row_classes, side
from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene, params, sample_seed

FUTURES = 9  # the chain's own future and eight others: a square of tiles


def sample_of(scene: Scene, k: int, class_names: Sequence[str]) -> Scene:
    """The scene whose chain makes sample k of a scene's grid alone; ``class_names``: of its model."""
    if scene.count == 1:
        return scene
    across = side(scene.count)
    column = k % across if scene.class_rows else k

    def model(spec: ModelSpec) -> ModelSpec:
        if not scene.class_rows:
            return spec
        rows = row_classes(class_names, spec.class_label, scene.count)
        return dataclasses.replace(spec, class_label=rows[k // across])

    def noise(seed: int) -> int:
        return seed if seed < 0 else sample_seed(seed, column)

    return scene.replace(
        seed=sample_seed(scene.seed, column),
        noise=noise(scene.noise),
        count=1,
        class_rows=False,
        model=model(scene.model),
        history=tuple(Leg(leg.t, noise(leg.noise), model(leg.model), leg.sampler) for leg in scene.history),
    )


def row_names(scene: Scene, class_names: Sequence[str], grid: Grid) -> tuple[tuple[float, float, str], ...]:
    """Where in the picture of a scene's samples each class begins, shares of width and height, and what it is called;
    nothing where rows have no class of their own."""
    if not scene.class_rows or not grid.several:
        return ()
    rows = row_classes(class_names, scene.model.class_label, scene.count)
    places = (divmod(k * side(scene.count), grid.columns) for k in range(len(rows)))
    return tuple((x / grid.columns, y / grid.rows, name) for (y, x), name in zip(places, rows, strict=True))


def future_of(scene: Scene, k: int) -> Scene:
    """The scene whose chain makes the k-th of the futures of a scene, the last leg of which is where they part."""
    if k:
        return scene.replace(noise=sample_seed(scene.seed if scene.noise < 0 else scene.noise, k))
    *before, last = scene.history or (None,)
    own = (scene.noise, scene.model, scene.sampler)
    # where it goes on as it came, the leg only says where the others part
    return scene.replace(history=tuple(before)) if last and (last.noise, last.model, last.sampler) == own else scene


def settings_at(scene: Scene, t: float) -> Scene:
    """The settings that led a scene's chain to its state at t, with the history until then."""
    led = next((leg for leg in scene.history if leg.t < t), None)  # those after it came later
    if led is None:
        return scene
    kept = tuple(leg for leg in scene.history if leg.t >= t)
    return scene.replace(history=kept, noise=led.noise, model=led.model, sampler=led.sampler)


def adds_noise(spec: SamplerSpec) -> bool:
    """Whether the sampler's steps draw fresh noise."""
    entry = catalog.SAMPLERS[spec.name]
    etas = [dict(spec.params).get(param.name, param.default) for param in entry.params if param.name == "eta"]
    return not entry.noisy and (not etas or float(etas[0] or 0.0) > 0)


def with_noise(spec: SamplerSpec) -> SamplerSpec:
    """The same sampler, or its counterpart that adds as much fresh noise as fits: without any, all futures are one."""
    entry = catalog.SAMPLERS[spec.name]
    if adds_noise(spec):
        return spec
    if not entry.noisy:
        return dataclasses.replace(spec, params=params(dict(spec.params), eta=1.0))
    known = {param.name for param in catalog.SAMPLERS[entry.noisy].params}
    kept = {name: value for name, value in spec.params if name in known}
    return dataclasses.replace(spec, name=entry.noisy, params=params(kept))
