"""The clouds that ship, in the plane and on a line: made, not stored, by a fixed seed, with the classes of some."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from diffviz import catalog

COUNT, SEED = 2000, 0

Cloud = tuple[np.ndarray, np.ndarray | None]
# of label 0, label 1 and so on
CLASSES: dict[str, tuple[str, ...]] = {
    "two_moons": ("lower", "upper"),
    "spiral": ("first arm", "second arm"),
    "checkerboard": ("even columns", "odd columns"),
    "eight_gaussians": ("even", "odd"),
    "rings": ("inner", "outer"),
    "smiley": ("outline", "features"),
    "two_deltas": ("minus one", "plus one"),
    "three_classes": ("low", "middle", "high"),
}


def scaled(points: np.ndarray) -> np.ndarray:
    """Of mean 0 and deviation 1 over all coordinates, float32 (n, D)."""
    points = points - points.mean(axis=0)
    return np.ascontiguousarray(points / np.sqrt(np.mean(np.square(points))), np.float32)


def _moons(rng: np.random.Generator) -> Cloud:
    angle, upper = rng.uniform(0, math.pi, COUNT), np.arange(COUNT) % 2 == 0
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return scaled(np.stack((x, y), axis=1) + rng.normal(0, 0.06, (COUNT, 2))), upper


def _swiss_roll(rng: np.random.Generator) -> Cloud:
    angle = 1.5 * math.pi * (1 + 2 * np.sqrt(rng.uniform(0, 1, COUNT)))
    roll = np.stack((angle * np.cos(angle), angle * np.sin(angle)), axis=1)
    return scaled(roll + rng.normal(0, 0.25, (COUNT, 2))), None


def _spiral(rng: np.random.Generator) -> Cloud:
    turn, second = 3 * math.pi * np.sqrt(rng.uniform(0.02, 1, COUNT)), np.arange(COUNT) % 2
    arm = turn + math.pi * second
    return scaled(np.stack((turn * np.cos(arm), turn * np.sin(arm)), axis=1) + rng.normal(0, 0.15, (COUNT, 2))), second


def _checkerboard(rng: np.random.Generator) -> Cloud:
    x, y = rng.uniform(-2, 2, COUNT), rng.uniform(0, 1, COUNT)
    odd = np.floor(x) % 2
    return scaled(np.stack((x, y + 2 * rng.integers(-1, 1, COUNT) + odd), axis=1)), odd


def _eight_gaussians(rng: np.random.Generator) -> Cloud:
    which = rng.integers(0, 8, COUNT)
    angle = which * math.pi / 4
    return scaled(4 * np.stack((np.cos(angle), np.sin(angle)), axis=1) + rng.normal(0, 0.3, (COUNT, 2))), which % 2


def _rings(rng: np.random.Generator) -> Cloud:
    radius, angle = np.where(rng.uniform(0, 1, COUNT) < 1 / 3, 1.0, 2.2), rng.uniform(0, 2 * math.pi, COUNT)
    ring = radius[:, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    return scaled(ring + rng.normal(0, 0.06, (COUNT, 2))), radius > 2


def _smiley(rng: np.random.Generator) -> Cloud:
    part, angle = rng.uniform(0, 1, COUNT), rng.uniform(0, 2 * math.pi, COUNT)
    face = 2 * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    smile_angle = rng.uniform(1.15 * math.pi, 1.85 * math.pi, COUNT)
    smile = 1.2 * np.stack((np.cos(smile_angle), np.sin(smile_angle)), axis=1)
    eye = np.stack((np.where(angle < math.pi, -0.7, 0.7), np.full(COUNT, 0.6)), axis=1)
    eye = eye + rng.normal(0, 0.12, (COUNT, 2))
    chosen = np.where(part[:, None] < 0.5, face, np.where(part[:, None] < 0.78, smile, eye))
    return scaled(chosen + rng.normal(0, 0.03, (COUNT, 2))), part >= 0.5


def _two_deltas(rng: np.random.Generator) -> Cloud:
    """x_0 is -1 or +1: E[x_0|x_t] = tanh(√ᾱ x_t/(1-ᾱ))."""
    above = np.arange(COUNT) % 2
    return (2.0 * above - 1).astype(np.float32)[:, None], above


def _two_gaussians(rng: np.random.Generator) -> Cloud:
    above = np.where(np.arange(COUNT) % 2 == 0, -1.0, 1.0)
    return scaled((above + rng.normal(0, 0.3, COUNT))[:, None]), None


def _uniform(rng: np.random.Generator) -> Cloud:
    return scaled(((np.arange(COUNT) + rng.uniform(0, 1, COUNT)) / COUNT)[:, None]), None


def _three_classes(rng: np.random.Generator) -> Cloud:
    """Of one half, a third and a sixth of the points."""
    which = np.searchsorted((COUNT // 2, COUNT * 5 // 6), np.arange(COUNT), side="right")
    middle, wide = np.array((-1.3, 0.6, 2.4)), np.array((0.28, 0.16, 0.2))
    return scaled((middle[which] + wide[which] * rng.standard_normal(COUNT))[:, None]), which


def _made(make: Callable[[np.random.Generator], Cloud]) -> Cloud:
    points, labels = make(np.random.default_rng(SEED))
    return points, None if labels is None else labels.astype(np.int64)


_PLANE = (_moons, _swiss_roll, _spiral, _checkerboard, _eight_gaussians, _rings, _smiley)
_LINE = (_two_deltas, _two_gaussians, _uniform, _three_classes)
# name -> the points, float32 (COUNT, D), and their labels, int64 (COUNT,), or None
CLOUDS: dict[str, Callable[[], Cloud]] = {
    name: partial(_made, make) for name, make in zip((*catalog.POINTS, *catalog.LINES), (*_PLANE, *_LINE), strict=True)
}
