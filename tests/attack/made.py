"""Made-up things to write: a recorded run that differs with ``k``, a picture, and writers of each kind of file."""

import numpy as np

from diffviz.diffusion import SCHEDULES
from diffviz.engine import messages, run_file, states
from diffviz.engine.sources import forward_source
from diffviz.export import exporter
from diffviz.kinds import PICTURE
from diffviz.scene import Scene
from diffviz.scene_file import save_scene

FILMS = ("a.gif", "a.mp4", "a.webm", "a.webp", "a.apng", "folder")


def recorded(k, n=40, count=4, side=32):
    numbers = np.random.default_rng(k)
    info = messages.ModelInfo("tiny", "8x8 RGB", ("a", "b"), 1, SCHEDULES["linear"](T=100), (3, side, side), "epsilon")

    def state(i):
        values = numbers.normal(size=(3, count, 3, side, side)).astype(np.float32)
        shown = states.Shown(*map(PICTURE.raster, values))
        terms = ("x_t", 0.5), ("eps", 0.1)
        s = max(0, 100 - 100 * (i + 1) // n)
        return states.State(i, n, 100 - 100 * i // n, values, shown, 0.0, s=s, terms=terms, alpha_bar=0.5)

    scene = Scene(direction="reverse", count=count, seed=k)
    return run_file.RecordedRun(scene, info, tuple(state(i) for i in range(n + 1)))


def write_scene(target, k):
    save_scene(Scene(seed=k), target, bytes([k]) * 400000)


def write_run(target, k, **size):
    run_file.save_run(target, recorded(k, **size))


def write_film(target, k, frames=12, size=64):
    picture = np.random.default_rng(5).integers(0, 256, (size, size, 3), dtype=np.uint8) // 2 + 60 * k
    source = forward_source(picture.astype(np.uint8), Scene(seed=k), frames, size, target.suffix)
    for _ in exporter.export(source, target, exporter.Options(size=size, hold_s=0, fps=10)):
        pass
