"""A model unlike the shipped one: grey, not square, without classes, ε-prediction, nothing clipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from chains import direct, network
from gui_driver import Driver
from pixels import from_uint8, to_uint8
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from diffviz.diffusion import add_noise
from diffviz.engine.noise import held_noise
from diffviz.kinds.picture import fitted, in_channels

HEIGHT, WIDTH = 8, 12


@pytest.fixture(scope="module")
def grey_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from diffusers import DDPMScheduler, UNet2DModel

    folder = tmp_path_factory.mktemp("grey") / "grey-model"
    torch.manual_seed(1)
    UNet2DModel(
        sample_size=(HEIGHT, WIDTH),
        in_channels=1,
        out_channels=1,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
    ).save_pretrained(folder / "unet")
    DDPMScheduler(50, 0.002, 0.4, clip_sample=False).save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "DDPMPipeline",
        "scheduler": ["diffusers", "DDPMScheduler"],
        "unet": ["diffusers", "UNet2DModel"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture
def grey(driver: Driver, grey_folder: Path) -> Driver:
    driver.window.files.open_any(str(grey_folder))
    driver.idle()
    assert driver.messages() == []
    return driver


def test_the_summary_line(grey: Driver) -> None:
    words = grey.words("model_summary")
    assert "12x8" in words and "grey" in words and "ε" in words and "linear 50" in words and "cpu" in words
    assert "clip" not in words or "no clip" in words or "unclipped" in words


def test_classes_and_guidance_are_locked_with_the_reason(grey: Driver) -> None:
    combo, guidance = grey.find("class_combo", QComboBox), grey.find("guidance_spin")
    assert not combo.isEnabled() and "class" in combo.toolTip()
    assert not guidance.isEnabled() and "null class" in guidance.toolTip()
    assert grey.scene.model.class_label is None and grey.scene.model.guidance == 1.0


def test_steps_are_limited_by_its_own_T(grey: Driver) -> None:
    grey.set("steps_spin", 999)
    assert grey.find("steps_spin").value() == 50  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["DDPM", "DDIM"])
def test_its_chain_is_the_samplers_and_the_sum_holds(name: str, grey: Driver) -> None:
    grey.choose("sampler_combo", name)
    grey.generate()
    states = direct(grey.scene)
    grey.key(Qt.Key.Key_Home)
    for state in states:
        assert grey.shown("x_t").shape == (HEIGHT, WIDTH, 3)
        assert np.array_equal(grey.shown("x_t"), state.x_t[0])
        assert np.array_equal(grey.shown("x_0"), state.x0_hat[0])
        if state.t:
            assert grey.coefficients()[0] == "="  # nothing was clipped
        grey.key(Qt.Key.Key_Right)


def test_a_grid_of_pictures_that_are_not_square(grey: Driver) -> None:
    grey.choose("count_combo", "4")
    grey.generate()
    assert grey.shown("x_t").shape == (2 * HEIGHT, 2 * WIDTH, 3)


def test_denoise_from_here_takes_the_luma_of_the_middle(grey: Driver) -> None:
    grey.set_t(60)
    picture = fitted(grey.window.controller.forward.picture, HEIGHT, WIDTH)  # what is seen fills its card
    grey.trigger("denoise")
    grey.idle()
    grey.trigger("first")
    grey.idle()
    level, schedule = grey.slider.value(), network(grey.scene.model.name).schedule
    x_0 = in_channels(from_uint8(picture), 1)
    assert np.array_equal(
        grey.shown("x_t"), to_uint8(add_noise(x_0, level, held_noise(0, (1, HEIGHT, WIDTH)), schedule))[0]
    )
    assert "grey-model" in " ".join(grey.messages())


def test_the_value_under_the_cursor_is_one_number(grey: Driver) -> None:
    grey.generate()
    grey.key(Qt.Key.Key_Home)
    grey.idle()
    area = grey.picture_area("x_t")
    target = area.target()  # type: ignore[attr-defined]
    scale = area.devicePixelRatioF()
    zoom = target.width() / WIDTH
    grey.move(area, (target.x() + 4.5 * zoom) / scale, (target.y() + 2.5 * zoom) / scale, held=False)
    said = grey.words("values_label").replace("−", "-")
    value = float(held_noise(0, (1, HEIGHT, WIDTH))[0, 0, 2, 4])
    group = re.search(r"xₜ \(([^)]*)\)", said)
    assert group and float(group[1]) == pytest.approx(value, abs=0.006)  # one number, not three


def test_back_to_a_model_with_classes(grey: Driver) -> None:
    combo = grey.find("model_combo", QComboBox)
    combo.setCurrentIndex(combo.findData(grey.first_scene.model.name))
    grey.idle()
    assert grey.scene.model.name == grey.first_scene.model.name
    assert grey.find("class_combo").isEnabled() and grey.find("guidance_spin").isEnabled()
    grey.generate()
    assert np.array_equal(grey.shown("x_t"), direct(grey.scene)[-1].x_t[0])
