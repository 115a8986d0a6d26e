"""What a user gets from diffusers without any care: a process of its own, torch's default threads, its own loop.

``python -m tests.bench.plain_diffusers`` reads lines "batch steps" and answers each with the steps a second.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType


class PlainDiffusers:
    """The process, as a context; between two questions it sleeps."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        root = Path(__file__).parents[2]
        self._child = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> PlainDiffusers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()

    def steps_per_s(self, batch: int, steps: int) -> float:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(f"{batch} {steps}\n")
        self._child.stdin.flush()
        return float(self._child.stdout.readline())


def serve() -> None:
    from diffviz.models import load_model

    from .loop import MODEL, Diffusers

    diffusers = Diffusers(load_model(MODEL), "cpu")
    for line in sys.stdin:
        batch, steps = (int(word) for word in line.split())
        print(diffusers.steps_per_s(batch, steps), flush=True)


if __name__ == "__main__":
    serve()
