"""The smallest window shows every word whole, at every scale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("small_window.py")
SCALES = ("1", "1.25", "1.5", "2")


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the smallest windows have said, each line behind its scale."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, str(SCRIPT), *SCALES]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.splitlines()


@pytest.mark.parametrize("scale", SCALES)
def test_no_word_is_cut(scale: str, said: list[str]) -> None:
    assert [line for line in said if line.startswith(f"{scale}: ")] == [f"{scale}: size 1024 640"]
