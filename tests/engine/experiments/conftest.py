"""A model that brings pictures, for the experiments that read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from word_network import write_words

from diffviz.models.pictures import PictureSet, write_picture_sheet


@pytest.fixture
def model_folder(tiny_model_folder: Path) -> Path:
    """With nine pictures of 8x8, three of each class."""
    pixels = np.random.default_rng(0).integers(0, 256, (9, 3, 8, 8), dtype=np.uint8)
    write_picture_sheet(tiny_model_folder, PictureSet(pixels, np.arange(9) % 3, ("dot", "ring", "cross")))
    return tiny_model_folder


@pytest.fixture(scope="session")
def told_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of words; read only."""
    return write_words(tmp_path_factory.mktemp("experiments") / "told")
