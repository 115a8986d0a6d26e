"""The driver that lets networks, encoders and loaders fail inside jobs, for a while."""

from __future__ import annotations

from pathlib import Path

from .driven import driven


def test_whatever_is_raised_in_a_job_it_ends_once_and_the_next_one_works(tmp_path: Path) -> None:
    assert driven("faults", tmp_path, "--n", "60", "--seed", "7")["tried"] > 30
