"""What a replaced model leaves behind."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import UNet2DModel

from diffviz.models.traced import Forward

from .figures import Bound, Figure, judged, skipped
from .rows import Plan

SHAPE = (3, 32, 32)


def measure_replaced(plan: Plan) -> Iterator[Figure]:
    """Networks of different outlines are recorded, run and dropped, one after the other."""
    row, bound = "memory that a replaced model leaves", Bound("<=", 2.0)
    if not sys.platform.startswith("linux"):
        yield skipped(row, bound, "memory is read as Linux tells it", "MB")
        return
    for k in range(4):  # what torch takes once
        _use(k)
    before, times = _resident_mb(), plan.times(8, 1)
    for k in range(times):
        _use(10 + k)
    yield judged(row, bound, max(0.0, (_resident_mb() - before) / times), "MB")


@torch.no_grad()
def _use(k: int) -> None:
    network = UNet2DModel(
        sample_size=32,
        block_out_channels=(32, 64, 96),
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        num_class_embeds=10 + k,
    )
    forward = Forward(network.requires_grad_(False).eval(), SHAPE)
    assert forward.is_recorded
    forward(torch.randn(2, *SHAPE), torch.tensor([5, 500]), torch.tensor([1, 2]))


def _resident_mb() -> float:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20
