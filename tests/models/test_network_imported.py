"""The library of the networks is imported when the first model is; its objects then stand in no collection's way."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTED = """
import gc
from diffviz.models import load_model
if {disabled}:
    gc.disable()
import torch
frozen = gc.get_freeze_count()
load_model("emoji-32")
print(gc.isenabled(), gc.get_freeze_count() > frozen + 100_000, len(gc.get_objects()) < 100_000)
"""


@pytest.mark.parametrize("disabled", [False, True])
def test_collections_do_not_look_at_what_stays(disabled):
    """They stop every thread, the window's too: some ten times in its first seconds, for up to half a second."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.format(disabled=disabled)], capture_output=True, text=True, timeout=100
    )
    assert done.stdout.split() == [str(not disabled), "True", "True"], done.stderr


ORDER = """
import sys
from diffviz.models import load_model
load_model({model!r})
print([name for name in sys.modules if name in ("diffusers", "transformers")])
"""


def test_diffusers_brings_transformers_without_a_collection(tmp_path):
    """By itself transformers is imported with four of them, which stop the window for a second."""
    model = str(pytest.importorskip("text_model").write_clip(tmp_path / "told"))
    words = [sys.executable, "-c", ORDER.format(model=model)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == "['diffusers', 'transformers']", done.stderr
