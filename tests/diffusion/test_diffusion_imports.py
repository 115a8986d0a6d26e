"""``diffviz.diffusion`` shows curves and menus before torch is there, and everything else after."""

from __future__ import annotations

import subprocess
import sys

import pytest

import diffviz.diffusion

SCRIPT = """
import sys
import diffviz.diffusion
from diffviz.diffusion import SCHEDULES, NoiseSchedule, step_levels, zero_terminal_snr
SCHEDULES["cosine"](T=100).snr_db
step_levels(1000, 50)
dir(diffviz.diffusion)
assert "torch" not in sys.modules, "torch came with the schedules"
from diffviz.diffusion import add_noise
assert "torch" in sys.modules
assert not {"PySide6", "diffusers"} & set(sys.modules)
"""


def test_schedules_need_no_torch():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there_and_stays_the_same():
    for name in diffviz.diffusion.__all__:
        assert name in dir(diffviz.diffusion)
        assert getattr(diffviz.diffusion, name) is getattr(diffviz.diffusion, name)
    promised = "NoiseSchedule SCHEDULES add_noise forward_step posterior Prediction SAMPLERS ReverseStep step_levels"
    assert set(promised.split()) <= set(diffviz.diffusion.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'noise'"):
        diffviz.diffusion.noise  # noqa: B018
