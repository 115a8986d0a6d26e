"""How well a network of words draws what it is told: a small classifier of each thing that captions say.

A caption is phrases; what is said of a picture are facts, each a word with the thing that its phrase names: "long red
hair" says "hair", "long hair" and "red hair". The classifier is trained on the pictures that the network was trained on
and measured on those that were held out; then it looks at samples of held-out captions.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffviz.models import Model
from diffviz.train.captions import read_captions
from diffviz.train.pictures import read_pictures
from diffviz.train.recipe import Recipe, TrainError

from .features import COPY_RATIO, FeatureMap, distances, frechet_distance, nearest_rms, precision_recall
from .figures import Bound, Figure, judged

ACCURACY, UNSEEN = 0.9, 0.8  # of words, and of whole combinations that no training picture has
LEAST = 20  # training pictures that a fact must be true of
ALWAYS = 0.98  # of them: what is true of more says nothing
EPOCHS, BATCH, RATE = 4, 64, 2e-3
YARDSTICK = 1000  # training pictures whose own nearest one is looked for


@dataclass(frozen=True)
class Told:
    """Pictures float32 (N, 3, S, S) in [-1, 1] with their captions; ``combination``: those whose caption has one of the
    combinations that no training picture has."""

    x: Tensor
    captions: tuple[str, ...]
    numbers: Tensor
    trained: np.ndarray
    held_out: np.ndarray
    combination: np.ndarray


def read_told(model: Model, folder: str | None, captions: str | None) -> Told:
    """The pictures of a model's training and what was held back.

    Raises:
        TrainError: if they are not there.
    """
    recipe = model.folder / "training" / "recipe.json"
    known = json.loads(recipe.read_text(encoding="utf-8")) if recipe.is_file() else {}
    folder, captions = folder or known.get("data"), captions or known.get("captions")
    if folder is None or captions is None:
        raise TrainError(f"{model.name}: does not say what it was trained on; give --data FOLDER and --captions FILE.")
    pictures = read_pictures(Recipe(data=folder, size=model.sample_shape[1], captions=captions, hold_out=0.0))
    said = read_captions(captions, Path(folder), pictures.names, model.words)
    notes = json.loads((model.folder / "diffviz.json").read_text(encoding="utf-8")).get("training", {})
    held = np.isin(pictures.names, notes.get("held_out", ()))
    whole = [set(_phrases(prompt)) for prompt in notes.get("combinations", ())]
    combination = np.array([any(parts <= set(_phrases(text)) for parts in whole) for text in said.texts], dtype=bool)
    x = torch.from_numpy(pictures.pixels).float() / 127.5 - 1.0
    numbers = torch.from_numpy(said.numbers)
    return Told(x, said.texts, numbers, ~held, held & ~combination, held & combination)


def _phrases(caption: str) -> list[str]:
    return [part.strip() for part in caption.split(",") if part.strip()]


def facts(caption: str) -> set[str]:
    """What a caption says: "long red hair, glasses" -> "hair", "long hair", "red hair", "glasses"."""
    found = set()
    for phrase in _phrases(caption):
        *words, thing = phrase.split()
        found |= {thing, *(f"{word} {thing}" for word in words)}
    return found


def known_facts(captions: Iterable[str]) -> tuple[str, ...]:
    """Those that can be learnt from captions: true of enough of them, and not of all."""
    captions = list(captions)
    counts = Counter(fact for caption in captions for fact in facts(caption))
    most = ALWAYS * len(captions)
    return tuple(sorted(fact for fact, count in counts.items() if LEAST <= count <= most))


def table_of(captions: Iterable[str], names: tuple[str, ...]) -> Tensor:
    """float32 (N, F): 1 where a fact is said."""
    return torch.tensor([[float(name in said) for name in names] for said in map(facts, captions)])


class Classifier(nn.Module):
    """A small convolutional network, one logit a fact."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        widths = (3, 24, 48, 96)
        layers: list[nn.Module] = []
        for k, (a, b) in enumerate(itertools.pairwise(widths)):
            layers += [nn.Conv2d(a, b, 5 if k == 0 else 3, 2, 2 if k == 0 else 1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
        side = size // 8
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(widths[-1] * side * side, count))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


def train_classifier(x: Tensor, wanted: Tensor, epochs: int = EPOCHS, seed: int = 0) -> Classifier:
    """Learn the facts of pictures: x float32 (N, 3, S, S), wanted float32 (N, F)."""
    torch.manual_seed(seed)
    network = Classifier(wanted.shape[1], x.shape[-1]).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    steps = epochs * -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for epoch in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            batch = x[rows] + 0.03 * torch.randn(len(rows), *x.shape[1:])  # samples are never without a trace of noise
            loss = F.binary_cross_entropy_with_logits(network(batch), wanted[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(
            f"\rclassifier: {epoch + 1}/{epochs}, loss {float(loss.detach()):.4f}", end="", file=sys.stderr, flush=True
        )
    print(file=sys.stderr)
    return network.eval()


@torch.no_grad()
def found_facts(network: Classifier, x: Tensor) -> Tensor:
    """bool (N, F): which facts are seen."""
    return torch.cat([network(batch) > 0 for batch in x.split(250)])


def accuracy(seen: Tensor, said: Tensor) -> tuple[float, float, list[tuple[float, int]]]:
    """How often what is said is seen, mean over facts; how often what is not said is; and the first of each fact."""
    each = [(float(seen[rows, k].float().mean()), int(rows.sum())) for k, rows in enumerate(said.bool().T)]
    there = [share for share, count in each if count]
    unsaid = float(seen[~said.bool()].float().mean())
    return float(np.mean(there)), unsaid, each


def measure_words(model: Model, told: Told, draw: Any, arguments: argparse.Namespace) -> list[Figure]:
    """Samples of held-out captions, and of combinations that no training picture has, seen by the classifier.

    Args:
        draw: (numbers (N, 12, 6)) -> samples float32 (N, 3, S, S).
    """
    names = known_facts([told.captions[k] for k in np.flatnonzero(told.trained)])
    wanted = table_of(told.captions, names)
    classifier = train_classifier(told.x[told.trained], wanted[told.trained])
    figures = []
    own, _, _ = accuracy(found_facts(classifier, told.x[told.held_out]), wanted[told.held_out])
    figures.append(Figure("words seen by the classifier in held-out pictures", "", own))
    samples = []
    for label, rows, asked, most in (
        ("word accuracy", told.held_out, ACCURACY, arguments.samples),
        ("word accuracy, combinations never seen", told.combination, UNSEEN, max(100, arguments.samples // 4)),
    ):
        chosen = np.flatnonzero(rows)
        if not len(chosen):
            continue
        chosen = np.resize(chosen, most) if len(chosen) < most else chosen[:: len(chosen) // most][:most]
        drawn = draw(told.numbers[chosen])
        share, unsaid, each = accuracy(found_facts(classifier, drawn), wanted[chosen])
        figures.append(judged(label, Bound(">=", asked), share, "", own, note=f"{len(chosen)} samples"))
        figures.append(Figure(f"{label}: seen though not said", "", unsaid))
        worst = sorted((share, name) for (share, count), name in zip(each, names, strict=True) if count >= 5)[:12]
        print(f"{label}, the least: " + ", ".join(f"{name} {share:.2f}" for share, name in worst))
        samples.append(drawn)
    return figures + _against(samples[0], told)


def _against(samples: Tensor, told: Told) -> list[Figure]:
    """Samples beside the data."""
    trained = told.x[told.trained]
    features = FeatureMap(trained[:: max(1, len(trained) // 4000)])
    real, made = features(told.x), features(samples)
    order = np.random.default_rng(0).permutation(len(real))
    floor = frechet_distance(real[order[::2]], real[order[1::2]])
    as_many = frechet_distance(real, real[order[: len(made)]])  # a small set is far from the whole by chance alone
    some = np.random.default_rng(0).permutation(len(trained))[:YARDSTICK]
    # another picture of the data set, as far from these as the nearest one is
    among = float(np.median(_nearest_other(trained, some)))
    nearest = float(np.median(nearest_rms(samples, trained)))
    precision, recall = precision_recall(real[:: max(1, len(real) // 3000)], made)
    distance = frechet_distance(real, made)
    return [
        judged("Fréchet distance", Bound("<=", 2.0, True), distance, "", floor, distance / floor),
        Figure("Fréchet distance of as many pictures of the data", "", as_many),
        Figure("precision", "", precision),
        Figure("recall", "", recall),
        judged("nearest training picture", Bound(">=", COPY_RATIO, True), nearest, "RMS", among, nearest / among),
    ]


def _nearest_other(x: Tensor, rows: np.ndarray) -> np.ndarray:
    """RMS distance of some of the pictures to the nearest other one or its mirror image."""
    flat = x.flatten(1).numpy()
    found = np.full(len(rows), np.inf)
    for others in (flat, x.flip(3).flatten(1).numpy()):
        d = distances(flat[rows], others)
        d[np.arange(len(rows)), rows] = np.inf
        found = np.minimum(found, d.min(axis=1))
    return found / flat.shape[1] ** 0.5
