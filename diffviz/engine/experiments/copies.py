"""Copy or new? Exact denoisers of 10, 100, 1,000 pictures against the network, from one x_T."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from diffviz.diffusion import Denoiser, exact_denoiser
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.data_set import DataSet, data_set
from diffviz.engine.experiments.runs import cells_at, check_run, columns_of, nearest_states
from diffviz.engine.experiments.walks import shown, walk_down, whole_numbers
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.scene import RunSpec
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark, RowNote

COPY = 0.1  # RMS below which an end is a copy of a picture


@torch.no_grad()
def copies(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are data sets of growing size with their exact denoisers, last the network; columns t."""
    scene, model, run = bench.scene, bench.model, bench.run
    levels, data = check_run(bench, run), data_set(bench)
    counts = sorted({min(n, data.count) for n in whole_numbers(bench, "sizes", 1, 10**6, most=6)})
    order = torch.from_numpy(data.shuffled(scene.seed)).to(model.device)
    every = data.x[order]
    heads = [Head(f"exact, {n:,} picture{'s' if n > 1 else ''}") for n in counts] + [Head("network")]
    columns = (*columns_of(bench, [run]), Head("nearest"))
    last = len(columns) - 2
    yield Outline("Copy or new?", tuple(heads), columns, pair=((len(counts), last), (len(counts), last + 1)))
    denoisers = [exact_denoiser(every[:n], model.schedule) for n in counts]
    guesses: list[Denoiser] = [*denoisers, denoiser_of(model, scene.model)]
    found: list[tuple[str, list[float]]] = []
    words = []
    for row, (head, guess) in enumerate(zip(heads, guesses, strict=True)):
        own = every[: counts[row]] if row < len(counts) else every
        way: list[float] = []
        x = yield from _chain(bench, run, (row, len(guesses)), guess, levels, own, way)
        found.append((head.title, way))
        distances = _distances(x, own)
        nearest = int(distances.argmin())
        gap = float(distances[nearest])
        kind = "a copy" if gap < COPY else "new"
        words.append((head.title, gap))
        yield Cell(row, last, shown(bench, x)[0], f"RMS {gap:.3f}")
        yield Cell(row, last + 1, shown(bench, own[nearest : nearest + 1])[0], kind, still=True)
        yield RowNote(row, f"{kind}: RMS {gap:.3f} from the nearest of {len(own):,}")
        t = tuple(map(float, levels[:-1]))
        curves = tuple(Curve(name, t, tuple(each)) for name, each in found)
        yield Plot("x̂_0 to the nearest picture", "t", "RMS", curves)
    yield Remark(_remark(bench, data, words))


def _chain(
    bench: Workbench,
    run: RunSpec,
    place: tuple[int, int],
    guess: Denoiser,
    levels: Sequence[float],
    own: Tensor,
    way: list[float],
) -> Generator[Part, None, Tensor]:
    """The scene's sampler with one denoiser, from the x_T and with the z of the seed: its end (1, C, H, W)."""
    (row, rows), x = place, ChainNoise(bench.scene.seed, 1).start(bench.model.sample_shape)
    columns, nearest = columns_of(bench, [run]), nearest_states(bench, run)
    reel = Reel(row, levels)
    for step in walk_down(bench, x, levels, guess):
        way.append(float(_distances(step.x0_hat, own).min()))
        pictures = shown(bench, step.x_t)[0], shown(bench, step.x0_hat)[0]
        reel.add(step.i, *pictures)
        for j, note in cells_at(nearest, columns, step.i, step.t):
            yield Cell(row, j, pictures[0], note, x0_hat=pictures[1], t=step.t)
        yield Done(row * step.n + step.i + 1, rows * step.n)
        x = step.x_s
    end = shown(bench, x)[0]
    reel.add(len(levels) - 1, end, end)
    yield reel.film()
    return x


def _distances(x: Tensor, pictures: Tensor) -> Tensor:
    """RMS of x (1, C, H, W) to each picture, (N,)."""
    gap = torch.cdist(x.flatten(1), pictures.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")
    return gap[0] / x[0].numel() ** 0.5


def _remark(bench: Workbench, data: DataSet, words: Sequence[tuple[str, float]]) -> str:
    *_, (_, gap) = words
    verdict = "it is a copy too" if gap < COPY else "it is new"
    return (
        f"{bench.asked}: all from the same x_T, of {data.words}; an exact denoiser knows its "
        f"pictures and nothing else, so that its chain ends at one of them, whatever their number. The network ends at "
        f"RMS {gap:.3f} from the nearest picture of the whole set: {verdict} (a copy: below {COPY:g})."
    )
