"""Random actions on a window, for a while."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .driven import driven


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory as Linux tells it")
def test_random_actions_raise_nothing_and_the_window_closes(tmp_path: Path) -> None:
    assert driven("monkey", tmp_path, "--n", "120", "--seed", "7", "--rest", "10", seconds=30)["tried"] > 20
