"""The exact denoiser of 10,000 pictures, beside the two matrix products that it cannot do without."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch

from diffviz.diffusion import SCHEDULES, exact_denoiser
from diffviz.engine import threads

from .figures import Bound, Figure, judged, median, skipped
from .rows import Plan

COUNT, SHAPE = 10_000, (3, 32, 32)


def measure_exact(plan: Plan) -> Iterator[Figure]:
    """Same pictures, states, dtype and threads, in turn; at a t where the distances are refined, which costs most."""
    threads.for_jobs()
    count = plan.times(COUNT, 200)
    for device in ("cpu", "cuda"):
        for batch in (1, 16, 64):
            row, bound = f"exact denoiser / two matrix products, batch {batch}, {device}", Bound("<=", 1.5, True)
            if device == "cuda" and not torch.cuda.is_available():
                yield skipped(row, bound, "no CUDA device")
                continue
            yield _beside_products(row, bound, torch.device(device), count, batch, plan.times(15, 1))


def _beside_products(row: str, bound: Bound, device: torch.device, count: int, batch: int, times: int) -> Figure:
    generator = torch.Generator().manual_seed(0)
    pictures = (2 * torch.rand((count, *SHAPE), generator=generator) - 1).to(device)
    x_t = torch.randn((batch, *SHAPE), generator=generator).to(device)
    denoiser = exact_denoiser(pictures, SCHEDULES["linear"]())
    flat, x = pictures.flatten(1), x_t.flatten(1)
    pairs = []
    for i in range(1 + times):
        pair = _ms(lambda: denoiser(x_t, 100).x0_hat, device), _ms(lambda: (x @ flat.T) @ flat, device)
        if i:  # the first calls choose algorithms and touch new memory
            pairs.append(pair)
    ours, bare = (median(column) for column in zip(*pairs, strict=True))
    return judged(row, bound, ours, "ms", bare, median([a / b for a, b in pairs]))


@torch.no_grad()
def _ms(work: Callable[[], torch.Tensor], device: torch.device) -> float:
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return 1000 * (time.perf_counter() - began)
