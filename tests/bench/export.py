"""MP4 export, beside the encoder alone that is fed with ready frames."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from diffviz.engine.sources import ForwardSource, forward_source
from diffviz.export.encoders import ENCODERS, Film
from diffviz.export.exporter import Options, export
from diffviz.export.render import Renderer
from diffviz.scene import Scene

from .figures import Bound, Figure, judged, median
from .rows import Plan
from .window import sample_picture

SIZE = 512
FPS = 25


def measure_export(plan: Plan) -> Iterator[Figure]:
    """The forward film of one picture, x_t alone; both write the same frames, in turn."""
    torch.set_num_threads(1)  # as the command line does
    frames = plan.times(150, 20)
    source = forward_source(sample_picture(1024), Scene(), frames, SIZE, ".mp4")
    ready = list(_composed(source))
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        for i in range(1 + plan.times(5, 1)):
            pair = frames / _export(source, path), frames / _encode(ready, path)
            if i:
                pairs.append(pair)
    ours, alone = (median(column) for column in zip(*pairs, strict=True))
    ratio = median([a / b for a, b in pairs])
    yield judged("MP4 export 512x512 / encoder alone", Bound(">=", 0.7, True), ours, "frames/s", alone, ratio)


def _composed(source: ForwardSource) -> Iterator[np.ndarray]:
    renderer = Renderer(source.frame(0).x_t.shape, source.alpha_bar, size=SIZE)
    for index in range(len(source.timeline)):
        yield renderer.compose(source.frame(index))


def _export(source: ForwardSource, path: Path) -> float:
    began = time.perf_counter()
    for _ in export(source, path, Options(fps=FPS, hold_s=0, size=SIZE)):
        pass
    return time.perf_counter() - began


def _encode(frames: list[np.ndarray], path: Path) -> float:
    began = time.perf_counter()
    height, width = frames[0].shape[:2]
    encoder = ENCODERS[".mp4"](path, Film(height, width, Fraction(FPS), 0, len(frames), lambda count: frames[:count]))
    for frame in frames:
        encoder.add(frame)
    encoder.close()
    return time.perf_counter() - began
