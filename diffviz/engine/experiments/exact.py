"""Exact against learned: the network's x̂_0 beside E[x_0 | x_t] of its training pictures, along its own chain."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import ExactDenoiser
from diffviz.diffusion.exact import effective_number
from diffviz.engine.experiments.data_set import data_set
from diffviz.engine.experiments.runs import check_run
from diffviz.engine.experiments.walks import difference, shown, walk_down
from diffviz.engine.experiments.workbench import Reel, Workbench, rms
from diffviz.engine.noise import held_noise
from diffviz.kinds.kind import GAIN
from diffviz.models.pictures import PictureSet
from diffviz.numerals import brief
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark
from diffviz.timeline import level_text

COLUMNS = 8
NEAREST = 5
ROWS = ("x_t", "network x̂_0", "exact E[x_0|x_t]", f"difference × {GAIN}")
ALONE = 1.5  # effective pictures below which one is the exact answer, a picture and its mirror image counted as one
SAME = 0.01  # RMS below which two pictures of a data set are copies of one: about a grey level


@dataclass
class _Record:
    """What was measured on the way down, a number a step."""

    t: list[float] = field(default_factory=list)
    effective: list[float] = field(default_factory=list)
    folded: list[float] = field(default_factory=list)  # the same, where a picture and its mirror image are one
    gap: list[float] = field(default_factory=list)
    network_to_nearest: list[float] = field(default_factory=list)
    exact_to_nearest: list[float] = field(default_factory=list)


@torch.no_grad()
def exact(bench: Workbench) -> Generator[Part, None, None]:
    """Down the model's own chain, unguided: at each x_t what the network says and what its training data says."""
    scene, model = bench.scene, bench.model
    bench = dataclasses.replace(bench, scene=scene.replace(model=dataclasses.replace(scene.model, guidance=1.0)))
    levels = check_run(bench, bench.run)
    found_set = data_set(bench)
    own, pictures, data = found_set.own, found_set.pictures, found_set.x
    label, denoiser, count = found_set.label, found_set.denoiser, found_set.count
    steps = len(levels) - 1
    picked = sorted({round(k * (steps - 1) / (COLUMNS - 1)) for k in range(COLUMNS)})  # evenly, both ends kept
    nearest = min(NEAREST, count)
    rows = (*(Head(title) for title in ROWS), *(Head(f"nearest {k + 1}") for k in range(nearest)))
    columns = tuple(Head(f"t = {level_text(levels[i])}", t=levels[i]) for i in picked)
    yield Outline("Exact against learned", rows, columns)
    record = _Record()
    reels = [Reel(row, levels[:-1]) for row in range(len(ROWS))]
    x0_hat = held_noise(scene.seed, model.sample_shape)
    for step in walk_down(bench, x0_hat, levels):
        log_weights = denoiser.log_weights(step.x_t, step.t, label)
        weights = log_weights.exp()
        mean = denoiser.mean_of(weights).view_as(step.x_t)
        x0_hat = step.x0_hat
        _measure(record, step.t, x0_hat, mean, weights, denoiser)
        record.folded.append(float(effective_number(weights.reshape(1, -1, len(own.pixels)).sum(dim=1))))
        now = (*(shown(bench, each)[0] for each in (step.x_t, x0_hat, mean)), difference(bench, x0_hat, mean)[0])
        for reel, picture in zip(reels, now, strict=True):
            reel.add(step.i, picture)
        yield Done(step.i + 1, step.n)
        if step.i in picked:
            found = log_weights[0].topk(nearest)
            yield from _column(bench, picked.index(step.i), now, record, found, data, pictures)
            yield from _plots(record)
    yield from (reel.film() for reel in reels)
    yield from _plots(record)
    yield Remark(f"{bench.asked}: " + _remark(record, x0_hat, denoiser, count, label, own))


def _measure(record: _Record, t: float, x0_hat: Tensor, mean: Tensor, weights: Tensor, denoiser: ExactDenoiser) -> None:
    record.t.append(t)
    record.effective.append(float(effective_number(weights)))
    record.gap.append(rms(x0_hat, mean))
    for kept, picture in ((record.network_to_nearest, x0_hat), (record.exact_to_nearest, mean)):
        kept.append(float(_distances(picture, denoiser).min()))


def _distances(picture: Tensor, denoiser: ExactDenoiser) -> Tensor:
    """RMS of one picture (1, C, H, W) to each of the data set, (N,)."""
    flat = picture.flatten(1) - denoiser.mean
    # differences, no product: near a picture the product would lose the distance in rounding
    found = torch.cdist(flat, denoiser.offsets, compute_mode="donot_use_mm_for_euclid_dist")
    return found[0] / flat.shape[1] ** 0.5


def _column(
    bench: Workbench,
    column: int,
    now: tuple[np.ndarray, ...],
    record: _Record,
    found: torch.return_types.topk,
    data: Tensor,
    pictures: PictureSet,
) -> Iterator[Part]:
    """A column's cells: the four pictures of now, and the nearest training examples with their weights."""
    effective, gap = record.effective[-1], record.gap[-1]
    notes = ("", f"RMS {gap:.3f}", f"of {brief(effective, 3)} picture{'s' if effective >= 1.005 else ''}", "")
    for row, (picture, note) in enumerate(zip(now, notes, strict=True)):
        yield Cell(row, column, picture, note)
    for k, (log_weight, i) in enumerate(zip(found.values.tolist(), found.indices.tolist(), strict=True)):
        name = f" · {pictures.class_names[pictures.labels[i]]}" if pictures.class_names else ""
        weight = float(np.exp(log_weight))
        yield Cell(len(ROWS) + k, column, shown(bench, data[i : i + 1])[0], f"w {brief(weight)}{name}", weight > 0.5)


def _plots(record: _Record) -> Iterator[Plot]:
    t = tuple(record.t)
    effective = Curve("1/Σw²", t, tuple(record.effective))
    yield Plot("Effective number of neighbours", "t", "1/Σw²", (effective,), log_y=True)
    gap = Curve("network − exact", t, tuple(record.gap))
    yield Plot("Network and exact x̂_0", "t", "RMS distance", (gap,))
    nearest = (
        Curve("network", t, tuple(record.network_to_nearest)),
        Curve("exact", t, tuple(record.exact_to_nearest)),
    )
    yield Plot("x̂_0 to the nearest training picture", "t", "RMS distance", nearest)


def alone_from(t: Sequence[float], effective: Sequence[float]) -> float | None:
    """The highest of the falling t from which on down one picture is the exact answer; None where it never is."""
    since = None
    for level, number in zip(reversed(t), reversed(effective), strict=True):
        if number >= ALONE:
            break
        since = level
    return since


def _remark(
    record: _Record, x0_hat: Tensor, denoiser: ExactDenoiser, count: int, label: int | None, pictures: PictureSet
) -> str:
    """Where one picture is the exact answer, and whether the network ends there.

    It has memorised what it ends nearer to than half-way to that picture's own nearest neighbour.
    """
    distances = _distances(x0_hat, denoiser)
    own = int(distances.argmin())
    others = _distances((denoiser.mean + denoiser.offsets[own]).view_as(x0_hat), denoiser)
    others[others < SAME] = torch.inf
    if pictures.flip:  # its own mirror image is no other picture
        others[(own + len(pictures.pixels)) % denoiser.count] = torch.inf
    end, between = float(distances[own]), float(others.min())
    which = f"{count:,} pictures" + (f" of {pictures.class_names[label]}" if label is not None else "")
    answer = "one picture, with its mirror image," if pictures.flip else "one picture"
    since = alone_from(record.t, record.folded)
    words = f"unguided, over {which}: at the chain's end the exact answer is not {answer} alone"
    if since is not None:
        words = f"unguided, over {which}: from t = {level_text(since)} on down the exact answer is {answer} alone"
    if end < between / 2:
        verdict = f"not half-way to that picture's own neighbour ({between:.3f}), so it memorises here."
    else:
        verdict = f"where that picture's own neighbour is at {between:.3f}, so it generalises here."
    return f"{words}; the network ends at RMS {end:.3f} from its nearest training picture, {verdict}"
