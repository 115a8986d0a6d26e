"""Training, beside a bare PyTorch loop of the same network and batch."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from diffviz.diffusion import SCHEDULES
from diffviz.models.network import new_network
from diffviz.train.checkpoint import Output
from diffviz.train.loop import Loop, Progress
from diffviz.train.pictures import Pictures
from diffviz.train.precision import best_precision
from diffviz.train.recipe import Recipe
from diffviz.train.trainer import Trainer

from .figures import Bound, Figure, judged, median, skipped
from .rows import Plan

CLASSES = 15
COUNT = 512


def measure_train(plan: Plan) -> Iterator[Figure]:
    """The small network at 32x32, batch 32; short stretches in turn: fp32, then what is taken by itself."""
    for device in ("cpu", "cuda"):
        best = best_precision(device) if device == "cpu" or torch.cuda.is_available() else "fp32"
        for precision in dict.fromkeys(("fp32", best)):
            row, bound = f"train pictures/s ({precision}) / bare PyTorch loop (fp32), {device}", Bound(">=", 0.95, True)
            if device == "cuda" and not torch.cuda.is_available():
                yield skipped(row, bound, "no CUDA device")
                continue
            recipe = Recipe(precision=precision, batch=32 if device == "cpu" else 256, steps=10**9, checkpoint=10**9)
            yield _beside_bare_loop(row, bound, recipe, device, plan)


def _beside_bare_loop(row: str, bound: Bound, recipe: Recipe, device: str, plan: Plan) -> Figure:
    steps = plan.times(3, 1) if device == "cpu" else plan.times(48, 16)
    pictures = _pictures(recipe)
    bare = BareLoop(pictures, recipe, device)
    with tempfile.TemporaryDirectory() as folder:
        advance = _ours(pictures, recipe, device, Path(folder))
        pairs = []
        for i in range(1 + plan.times(9, 1)):
            pair = _rate(advance, steps, recipe), _rate(bare.advance, steps, recipe)
            if i:  # the first stretch chooses algorithms and touches new memory
                pairs.append(pair)
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    return judged(row, bound, ours, "pictures/s", theirs, median([a / b for a, b in pairs]))


def _rate(advance: Callable[[int], None], steps: int, recipe: Recipe) -> float:
    began = time.perf_counter()
    advance(steps)
    return steps * recipe.batch / (time.perf_counter() - began)


def _pictures(recipe: Recipe) -> Pictures:
    drawn = np.random.default_rng(0)
    pixels = drawn.integers(0, 256, (COUNT, 3, recipe.size, recipe.size), dtype=np.uint8)
    names = tuple(map(str, range(CLASSES)))
    labels = drawn.integers(0, CLASSES, COUNT)
    return Pictures(pixels, labels, tuple(map(str, range(COUNT))), names, np.zeros(COUNT, dtype=bool))


def _ours(pictures: Pictures, recipe: Recipe, device: str, folder: Path) -> Callable[[int], None]:
    """The loop of ``diffviz train`` with all that it does at a step, between checkpoints."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
    mixed = "bf16" if recipe.precision == "bf16" else "no"
    trainer = Trainer(recipe, pictures, Accelerator(cpu=device == "cpu", mixed_precision=mixed))
    events = Loop(trainer, Output(folder), 0.0, lambda: False).run()

    def advance(steps: int) -> None:
        wanted = trainer.steps_done + steps
        while trainer.steps_done < wanted:
            assert isinstance(next(events), Progress)

    return advance


class BareLoop:
    """The yardstick: what a person writes in twenty lines, with the same optimiser, clipping and average."""

    def __init__(self, pictures: Pictures, recipe: Recipe, device: str) -> None:
        torch.manual_seed(0)
        self._recipe, self._device = recipe, device
        self._x = torch.from_numpy(pictures.pixels).to(device)
        self._labels = torch.from_numpy(pictures.labels).to(device)
        self._network = new_network(recipe.network_config(CLASSES)).to(device).train()
        self._average = [weight.detach().clone() for weight in self._network.parameters()]
        self._optimiser = torch.optim.AdamW(self._network.parameters(), recipe.lr, weight_decay=1e-4)
        self._alpha_bar = torch.from_numpy(SCHEDULES["linear"]().alpha_bar[1:].copy()).float().to(device)

    def advance(self, steps: int) -> None:
        size, parameters = self._recipe.batch, list(self._network.parameters())
        for _ in range(steps):
            index = torch.randint(COUNT, (size,), device=self._device)
            x_0 = self._x[index].float() / 127.5 - 1
            t, eps = torch.randint(1000, (size,), device=self._device), torch.randn_like(x_0)
            alpha_bar = self._alpha_bar[t].view(-1, 1, 1, 1)
            a, b = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
            labels = torch.where(torch.rand(size, device=self._device) < 0.12, CLASSES, self._labels[index])
            output = self._network(a * x_0 + b * eps, t, labels, return_dict=False)[0]
            loss = (output - (a * eps - b * x_0)).square().mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            self._optimiser.step()
            self._optimiser.zero_grad()
            torch._foreach_lerp_(self._average, [weight.detach() for weight in parameters], 1 - 0.9993)
        loss.item()  # wait for the device
