"""The chain that one sample of another is: its seed, its class and its legs; and what rows of samples are called."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from diffviz.kinds.tiles import Grid, row_classes, side
from diffviz.scene import Leg, ModelSpec, Scene, sample_seed


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


def row_names(scene: Scene, class_names: Sequence[str], grid: Grid, t: float) -> tuple[tuple[float, float, str], ...]:
    """Where in the picture of a scene's samples at t each class begins, shares of width and height, and what it is
    called; nothing where rows have no class of their own."""
    if not scene.class_rows or not grid.several:
        return ()
    rows = row_classes(class_names, scene.model_at(t).class_label, scene.count)
    places = (divmod(k * side(scene.count), grid.columns) for k in range(len(rows)))
    return tuple((x / grid.columns, y / grid.rows, name) for (y, x), name in zip(places, rows, strict=True))


def settings_at(scene: Scene, t: float) -> Scene:
    """The settings that led a scene's chain to its state at t, with the history until then."""
    led = next((leg for leg in scene.history if leg.t < t), None)  # those after it came later
    if led is None:
        return scene
    kept = tuple(leg for leg in scene.history if leg.t >= t)
    return scene.replace(history=kept, noise=led.noise, model=led.model, sampler=led.sampler)
