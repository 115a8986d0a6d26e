"""Where a new training may begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffviz.train.checkpoint import Output
from diffviz.train.recipe import TrainError


def test_a_place_that_this_launch_has_locked_is_new_and_one_with_anything_else_is_not(tmp_path: Path) -> None:
    output = Output(tmp_path / "model")
    with output.locked():
        output.check_new()
        (output.training / "notes").write_text("mine", encoding="utf-8")
        with pytest.raises(TrainError, match="not empty"):
            output.check_new()
        (output.training / "notes").unlink()
    assert not output.folder.exists()
