"""The library of the networks is imported when the first model is; its objects then stand in no collection's way."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTED = """
import gc, sys
from diffviz.models import load_model
if {disabled}:
    gc.disable()
import torch
frozen = gc.get_freeze_count()
load_model({model!r})
print(gc.isenabled(), gc.get_freeze_count() > frozen + 100_000, len(gc.get_objects()) < 100_000)
print([name for name in sys.modules if name in ("diffusers", "transformers")])
"""


def said(model: str, disabled: bool) -> tuple[list[str], str]:
    """What a process says of its collections when it has opened a model, and which library came first."""
    line = [sys.executable, "-c", IMPORTED.format(model=model, disabled=disabled)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    collections, order = done.stdout.splitlines()
    return collections.split(), order


def test_collections_do_not_look_at_what_stays():
    """They stop every thread, the window's too: some ten times in its first seconds, for up to half a second."""
    collections, _ = said("emoji-32", False)
    assert collections == ["True", "True", "True"]


def test_diffusers_brings_transformers_without_a_collection(tmp_path):
    """By itself transformers is imported with four of them, which stop the window for a second. Where they are off
    already, they stay so."""
    collections, order = said(str(pytest.importorskip("text_model").write_clip(tmp_path / "told")), True)
    assert collections == ["False", "True", "True"] and order == "['diffusers', 'transformers']"
