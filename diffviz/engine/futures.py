"""Futures: what else could come of a state, were the fresh noise another."""

from __future__ import annotations

import dataclasses

from diffviz import catalog
from diffviz.scene import SamplerSpec, Scene, params, sample_seed

FUTURES = 9  # the chain's own future and eight others: a square of tiles


def future_of(scene: Scene, k: int) -> Scene:
    """The scene whose chain makes the k-th of the futures of a scene, the last leg of which is where they part."""
    if k:
        return scene.replace(noise=sample_seed(scene.seed if scene.noise < 0 else scene.noise, k))
    *before, last = scene.history or (None,)
    own = (scene.noise, scene.model, scene.sampler)
    # where it goes on as it came, the leg only says where the others part
    return scene.replace(history=tuple(before)) if last and (last.noise, last.model, last.sampler) == own else scene


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
