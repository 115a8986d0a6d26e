"""Runs a driver as a program, for a while."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"


def driven(name: str, folder: Path, *words: str, seconds: float = 90) -> dict[str, int]:
    """The driver's figures where nothing failed: {"scene tried": 100, ...}; else an AssertionError with its report."""
    line = [sys.executable, "-m", f"tests.attack.{name}", "--seconds", str(seconds), *words]
    environment = {**os.environ, "TMPDIR": str(folder)}
    ended = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return {what.strip(): int(count) for what, count in re.findall(r"(\w* ?tried) (\d+)", ended.stdout)}
