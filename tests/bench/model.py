"""``python -m tests.bench --model FOLDER``: how good is a model, and does it copy?

Loss by level, Fréchet distance, precision and recall of its samples, distance to the nearest training picture, speed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from diffviz.diffusion import SAMPLERS, add_noise, step_levels
from diffviz.files import write_bytes
from diffviz.images import png_bytes
from diffviz.kinds import SOUND, Kind
from diffviz.models import Model, ModelError, load_model
from diffviz.models.pictures import find_picture_sheet, read_picture_sheet
from diffviz.train.pictures import Pictures, as_noised, read_pictures
from diffviz.train.recipe import Recipe, TrainError

from .features import COPY_RATIO, FeatureMap, frechet_distance, nearest_rms, precision_recall
from .figures import Bound, Figure, as_dict, judged, table
from .machine import describe, in_words
from .sounds import Sounds, compare_sounds, waves_of
from .words import Told, measure_words, read_told

BINS = 10
LOSS_PICTURES = 240
BATCH = 100


@dataclass(frozen=True)
class Data:
    """What the model was trained on, and what was kept: float32 (N, *S), pictures in [-1, 1]; labels int64 (N,)."""

    trained: torch.Tensor
    labels: torch.Tensor
    held_out: torch.Tensor
    held_out_labels: torch.Tensor

    @property
    def all(self) -> torch.Tensor:
        return torch.cat([self.trained, self.held_out])


def main(argv: Sequence[str] | None = None) -> int:
    """0 if no figure misses what is asked, 1 if one does, 2 for bad usage."""
    arguments = _parse(argv)
    try:
        model = load_model(arguments.model, arguments.device)
        told = read_told(model, arguments.data, arguments.captions) if model.words is not None else None
        data = read_data(model, arguments.data) if told is None else data_of(told)
    except (ModelError, TrainError) as error:
        print(f"tests.bench: {error}", file=sys.stderr)
        return 2
    machine = describe()
    print(in_words(machine), end="\n\n", flush=True)
    print(f"{model.name}: {model.summary}; {len(data.trained)} training pictures, {len(data.held_out)} held out")
    losses = loss_by_level(model, data)
    print("\n" + losses_table(losses, model.schedule.T) + "\n", flush=True)
    began = time.monotonic()
    if told is None:
        samples, labels = draw_samples(model, data, arguments)
        per_s = len(samples) * arguments.steps / (time.monotonic() - began)
        compared = heard(samples, labels, data) if model.kind is SOUND else compare(samples, data)
        figures = [*compared, *speed(model, per_s)]
    else:
        drawn: list[torch.Tensor] = []

        def draw(numbers: torch.Tensor) -> torch.Tensor:
            drawn.append(chains(model, numbers, arguments))
            return drawn[-1]

        figures = [*measure_words(model, told, draw, arguments), *speed(model, 0.0)[:1]]
        samples, labels = drawn[0], torch.zeros(len(drawn[0]), dtype=torch.int64)
    print(
        f"{len(samples)} samples: {arguments.sampler}, {arguments.steps} trailing steps, guidance "
        f"{arguments.guidance:g}, seeds from {arguments.seed}, "
        + ("classes as frequent as in the data" if told is None else "captions of held-out pictures")
    )
    print(table(figures))
    print(_NOTES)
    if arguments.grid:
        write_bytes(arguments.grid, png_bytes(grid(model.kind, samples, labels)))
    if arguments.json:
        value = {
            "model": model.name,
            "machine": machine,
            "sampling": {name: getattr(arguments, name) for name in ("sampler", "steps", "guidance", "seed")},
            "losses": losses,
            "figures": [as_dict(figure) for figure in figures],
        }
        Path(arguments.json).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(figure.ok is False for figure in figures) else 0


_NOTES = """\
Fréchet distance, precision, recall: in the space of features.py (random filters, seed 0, 64 axes of the data); the
yardstick of the distance is that between two halves of the data. nearest: RMS in [-1, 1], mirror images included; the
yardstick is the median among the training pictures. Of sounds all is in the spectrograms of sounds.py."""


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench --model", description=__doc__)
    parser.add_argument("--model", required=True, metavar="FOLDER", help="a folder, or a shipped model's name")
    parser.add_argument("--data", metavar="FOLDER", help="its pictures (default: its own)")
    parser.add_argument("--captions", metavar="FILE", help="of a network of words: what its pictures show")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--sampler", choices=tuple(SAMPLERS), default="ddim", help="default: ddim")
    parser.add_argument("--steps", type=int, default=50, metavar="N", help="default: 50")
    parser.add_argument("--guidance", type=float, default=1.0, metavar="W", help="default: 1, off")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first sample (default: 0)")
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--grid", metavar="FILE.png", help="write the samples, one class a row")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    arguments = parser.parse_args(argv)
    if arguments.samples < 100:
        parser.error(f"--samples {arguments.samples} is too few to compare; 100 or more")
    return arguments


def read_data(model: Model, folder: str | None) -> Data:
    """The model's pictures, at its size, by its classes: of the folder, of its recipe's, or those beside its weights.

    Raises:
        TrainError: if they are not there.
        ModelError: if those beside the weights are damaged.
    """
    notes = _notes(model)
    if folder is None:
        path = model.folder / "training" / "recipe.json"
        if path.is_file():
            folder = json.loads(path.read_text(encoding="utf-8"))["data"]
        if folder is None or not Path(folder).is_dir():
            return _of_sheet(model)
    classes: dict[str, list[str]] = notes.get("classes") or {name: [name] for name in model.class_names}
    pairs = tuple((name, tuple(folders)) for name, folders in classes.items())
    size = math.isqrt(math.prod(model.sample_shape)) if model.kind is SOUND else model.sample_shape[1]
    pictures = read_pictures(Recipe(kind=model.kind.name, data=folder, size=size, classes=pairs, hold_out=0.0))
    return _split(pictures, set(notes.get("held_out", ())))


def _of_sheet(model: Model) -> Data:
    """The pictures that lie beside the weights, all of which were trained on."""
    where = find_picture_sheet(model.folder)
    if where is None:
        raise TrainError(f"{model.name}: does not say what it was trained on; give --data FOLDER.")
    sheet = read_picture_sheet(where)
    x = torch.from_numpy(sheet.pixels).float() / 127.5 - 1.0
    return Data(x, torch.from_numpy(sheet.labels), x[:0], torch.zeros(0, dtype=torch.int64))


def data_of(told: Told) -> Data:
    """The same with the numbers of words as labels."""
    kept = torch.from_numpy(told.trained)
    return Data(told.x[kept], told.numbers[kept], told.x[~kept], told.numbers[~kept])


def _notes(model: Model) -> dict[str, Any]:
    path = model.folder / "diffviz.json"
    return json.loads(path.read_text(encoding="utf-8")).get("training", {}) if path.is_file() else {}


def _split(pictures: Pictures, held_out: set[str]) -> Data:
    kept = torch.tensor([name in held_out for name in pictures.names])
    x = as_noised(torch.from_numpy(pictures.pixels))
    labels = torch.from_numpy(pictures.labels)
    return Data(x[~kept], labels[~kept], x[kept], labels[kept])


# -- loss


@torch.no_grad()
def loss_by_level(model: Model, data: Data) -> list[dict[str, float]]:
    """Mean squared error of v in ten ranges of t, on training pictures and on held-out ones.

    Of v whatever the network predicts, so that networks can be compared; x̂_0 is not clipped. Each range has the same
    pictures and noise, one level t for all.
    """
    sets = {"training": (data.trained, data.labels), "held out": (data.held_out, data.held_out_labels)}
    T = model.schedule.T
    rows = []
    for k in range(BINS):
        t = round((k + 0.5) * T / BINS)
        row: dict[str, float] = {"t": t}
        for name, (x, labels) in sets.items():
            if len(x):
                chosen = torch.linspace(0, len(x) - 1, min(LOSS_PICTURES, len(x))).round().long()
                row[name] = _v_loss(model, x[chosen], labels[chosen], t)
        rows.append(row)
    return rows


def _v_loss(model: Model, x_0: torch.Tensor, labels: torch.Tensor, t: int) -> float:
    generator = torch.Generator().manual_seed(t)
    alpha_bar = float(model.schedule.alpha_bar[t])
    a, b = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    total = 0.0
    for x, label in zip(x_0.split(BATCH), labels.split(BATCH), strict=True):
        eps = torch.randn(x.shape, generator=generator)
        denoise = model.denoiser(label if model.class_names or model.words else None, clip=None)
        said = denoise(add_noise(x, t, eps, model.schedule).to(model.device), t)
        v_hat = a * said.eps_hat - b * said.x0_hat
        total += float((v_hat.cpu() - (a * eps - b * x)).square().mean()) * len(x)
    return total / len(x_0)


def losses_table(rows: list[dict[str, float]], T: int) -> str:
    """Markdown: one column a range of t."""
    names = [name for name in ("training", "held out") if name in rows[0]]
    lines = ["| loss of v at t = | " + " | ".join(f"{row['t']:g}" for row in rows) + " | mean |"]
    lines.append("|---" * (len(rows) + 2) + "|")
    for name in names:
        values = [row[name] for row in rows]
        cells = [f"{value:.4f}" for value in (*values, float(np.mean(values)))]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


# -- samples


def draw_samples(model: Model, data: Data, arguments: argparse.Namespace) -> tuple[torch.Tensor, torch.Tensor]:
    """Samples in [-1, 1] and their labels, as frequent as in the data. Sample k's own generator is seeded seed + k."""
    count = arguments.samples
    spread = torch.linspace(0, len(data.labels) - 1, count).round().long()
    labels = data.labels.sort().values[spread]
    return chains(model, labels, arguments), labels


def chains(model: Model, labels: torch.Tensor, arguments: argparse.Namespace) -> torch.Tensor:
    """A sample of each condition, in [-1, 1]."""
    count = len(labels)
    levels = step_levels(model.schedule.T, min(arguments.steps, model.schedule.T))
    chunks = []
    for start in range(0, count, BATCH):
        label = labels[start : start + BATCH]
        seeds = range(arguments.seed + start, arguments.seed + start + len(label))
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        chunks.append(_chain(model, label, generators, levels, arguments))
        print(f"\r{start + len(label)}/{count} samples", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return torch.cat(chunks)


def _chain(
    model: Model,
    labels: torch.Tensor,
    generators: list[torch.Generator],
    levels: list[int],
    arguments: argparse.Namespace,
) -> torch.Tensor:
    def randn() -> torch.Tensor:
        drawn = [torch.randn((1, *model.sample_shape), generator=generator) for generator in generators]
        return torch.cat(drawn).to(model.device)

    x = randn()
    denoiser = model.denoiser(
        labels if model.class_names or model.words else None, arguments.guidance, rederive_eps=arguments.guidance != 1
    )
    sampler = SAMPLERS[arguments.sampler]
    for step in sampler(denoiser, x, model.schedule, levels=levels, randn_like=lambda x_t: randn()):
        x = step.x_s
    return (x if model.clip is None else x.clamp(-1, 1)).cpu()


def compare(samples: torch.Tensor, data: Data) -> list[Figure]:
    """Samples beside the data."""
    features = FeatureMap(data.all)
    real, made = features(data.all), features(samples)
    order = np.random.default_rng(0).permutation(len(real))
    floor = frechet_distance(real[order[::2]], real[order[1::2]])
    precision, recall = precision_recall(real, made)
    among = float(np.median(nearest_rms(data.trained, data.trained, own=True)))
    nearest = float(np.median(nearest_rms(samples, data.trained)))
    figures = [
        Figure("Fréchet distance", "", frechet_distance(real, made), "", floor),
        Figure("precision", "", precision),
        Figure("recall", "", recall),
        judged("nearest training picture", Bound(">=", COPY_RATIO, True), nearest, "RMS", among, nearest / among),
    ]
    if len(data.held_out):
        unseen = float(np.median(nearest_rms(data.held_out, data.trained)))
        figures.append(Figure("the same of held-out pictures", "", unseen, "RMS", among, unseen / among))
    return figures


def heard(samples: torch.Tensor, labels: torch.Tensor, data: Data) -> list[Figure]:
    """Samples of sounds beside the data."""
    parts = [Sounds(waves_of(data.trained), data.labels), Sounds(waves_of(data.held_out), data.held_out_labels)]
    return compare_sounds(Sounds(waves_of(samples), labels), *parts)


def speed(model: Model, per_s: float) -> list[Figure]:
    """Network steps a second."""
    x = torch.randn((1, *model.sample_shape)).to(model.device)
    denoiser = model.denoiser(0 if model.class_names else None)
    times = []
    for step in SAMPLERS["ddim"](denoiser, x, model.schedule, steps=min(30, model.schedule.T)):
        step.x_s.cpu()
        times.append(time.perf_counter())
    alone = 1 / float(np.median(np.diff(times)))
    return [
        Figure("steps/s of one sample", "", alone, "it/s"),
        Figure(f"steps/s times pictures, batch {BATCH}", "", per_s, "/s"),
    ]


def grid(kind: Kind, samples: torch.Tensor, labels: torch.Tensor, columns: int = 24) -> np.ndarray:
    """Samples as one picture, uint8: a class begins a new row."""
    pictures = kind.raster(samples.numpy(), size=(96, 96) if kind is SOUND else None)
    size = pictures.shape[1] + 2
    rows: list[list[np.ndarray]] = []
    for label in labels.unique():
        chosen = pictures[(labels == label).numpy()]
        rows += [list(chosen[k : k + columns]) for k in range(0, len(chosen), columns)]
    sheet = np.full((len(rows) * size, columns * size, 3), 255, dtype=np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            sheet[i * size : i * size + size - 2, j * size : j * size + size - 2] = picture
    return sheet
