"""What the command line is given in several tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """40x24, a gradient."""
    path = tmp_path / "picture.png"
    y, x = np.mgrid[0:24, 0:40]
    Image.fromarray(np.stack([x * 6, y * 10, 255 - x * 6], axis=-1).astype(np.uint8)).save(path)
    return path
