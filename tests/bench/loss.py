"""The experiment "Loss per t", beside the bare network on the same batches."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from diffviz.engine import threads
from diffviz.engine.experiments import EXPERIMENTS, Workbench
from diffviz.engine.experiments.loss import BATCH, measured_levels
from diffviz.engine.experiments.memory import Memory
from diffviz.models import load_model
from diffviz.scene import ExperimentSpec, ModelSpec, Scene, params

from .figures import Bound, Figure, judged, median
from .rows import Plan

MODEL = "emoji-32"


def measure_loss(plan: Plan) -> Iterator[Figure]:
    """Same network, pictures, levels, batches and threads, in turn; the experiment with its floor, bound and sheet."""
    threads.for_jobs()
    model = load_model(MODEL, "cpu")
    count, levels = 2 * BATCH, plan.times(12, 2)
    spec = ExperimentSpec("loss", params({"pictures": count, "levels": levels}))
    bench = Workbench(model, Scene(model=ModelSpec(MODEL), experiment=spec), Memory(), lambda name: load_model(name))
    network = model.denoiser(clip=None)
    x = torch.randn((BATCH, *model.sample_shape), generator=torch.Generator().manual_seed(0))

    def bare() -> float:
        asked = measured_levels(model.schedule.T, levels)
        began = time.perf_counter()
        for t in asked:
            for _ in range(count // BATCH):
                network(x, t)
        return len(asked) * count / (time.perf_counter() - began)

    def experiment() -> float:
        began = time.perf_counter()
        for _ in EXPERIMENTS["loss"](bench):
            pass
        return len(measured_levels(model.schedule.T, levels)) * count / (time.perf_counter() - began)

    with torch.no_grad():
        pairs = [(experiment(), bare()) for _ in range(1 + plan.times(5, 1))][1:]  # the first reads the pictures
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    ratio = median([a / b for a, b in pairs])
    yield judged("loss per t / the bare network, cpu", Bound(">=", 0.9, True), ours, "pictures/s", theirs, ratio)
