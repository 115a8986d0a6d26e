"""Launch to first paint, beside a minimal window of PySide6 and pyqtgraph."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .figures import Bound, Figure, answered, judged, median
from .rows import Plan

ROOT = Path(__file__).parents[2]


def measure_launch(plan: Plan) -> Iterator[Figure]:
    """Fresh processes in turn; the first pair, which fills the disk's cache and compiles, is not counted."""
    times: dict[str, list[float]] = {"diffviz": [], "minimal": []}
    heavy: set[str] = set()
    for _ in range(1 + plan.times(11, 2)):
        for kind, taken in times.items():
            seconds, loaded = _launch(kind)
            taken.append(seconds)
            heavy.update(loaded)
    ours, minimal = (1000 * median(taken[1:]) for taken in times.values())
    yield judged("launch to first paint", Bound("<=", 1.3, True), ours, "ms", minimal, ours / minimal)
    note = f"imported before: {', '.join(sorted(heavy))}" if heavy else ""
    yield answered("neither torch nor diffusers before it", not heavy, note)


def _launch(kind: str) -> tuple[float, list[str]]:
    """Seconds from the start of the process to the first paint, and which heavy packages were imported by then."""
    began = time.monotonic()
    command = [sys.executable, "-m", f"{__package__}.first_paint", kind]
    # compiled modules are kept, as an installation has them: the minimal window's libraries come compiled
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    said = json.loads(ended.stdout.splitlines()[-1])
    return said["painted_s"] - began, said["heavy"]
