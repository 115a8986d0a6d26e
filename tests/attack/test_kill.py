"""The driver that kills writers, for a while."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .driven import driven


@pytest.mark.skipif(sys.platform != "linux", reason="the driver's children are ended as Linux ends them")
def test_the_death_of_a_writer_loses_nothing(tmp_path: Path) -> None:
    tried = driven("kill", tmp_path, "--n", "3", "--seed", "7")
    assert tried["tried"] == 8 * 3 and tried["living tried"] >= 4 and tried["steps tried"] >= 16
