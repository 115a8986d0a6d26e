"""The side panel shows what an experiment reads, and nothing else of a chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from gui_driver import Driver
from word_network import write_words

from diffviz.gui.panels.condition_box import ConditionBox

NAMES = {
    "seed": "seed_spin",
    "sampler": "sampler_combo",
    "steps": "steps_spin",
    "w": "guidance_spin",
    "rescale": "rescale_spin",
    "clip": "clip_combo",
    "spacing": "spacing_combo",
    "more": "more_fold",
    "class": "class_combo",
    "rederive": "rederive_check",
    "noise": "noise_spin",
}
HIDDEN = {
    "Compare runs": {"rescale"},  # w is 1
    "Convergence": {"sampler", "steps", "spacing", "rescale", "noise"},
    "Guidance weights": {"w"},
    "DDIM inversion": set(NAMES) - {"class"},
    "Learning": set(NAMES) - {"seed"},
    "Memorising": {"class", "w", "rescale", "clip", "rederive", "noise"},
    "Exact against learned": {"w", "rescale"},
}


@pytest.mark.parametrize("label", HIDDEN)
def test_what_is_not_read_is_not_shown(driver: Driver, label: str) -> None:
    driver.trigger("laboratory")
    driver.find("more_fold").setChecked(True)  # type: ignore[attr-defined]
    driver.choose("experiment_combo", label)
    driver.idle()
    hidden = {key for key, name in NAMES.items() if not driver.find(name).isVisibleTo(driver.window)}
    assert hidden == HIDDEN[label]
    driver.trigger("direction_reverse")
    driver.idle()
    assert all(driver.find(NAMES[key]).isVisibleTo(driver.window) for key in ("sampler", "steps", "w", "spacing"))


def test_words_that_are_not_read_are_not_spoken_of(driver: Driver, tmp_path: Path) -> None:
    """A star, "Blend with…" and what the model does not know stood there without the words."""
    box, models = driver.find("class_combo", ConditionBox), driver.window.controller.models
    names = ("class_combo", "class_combo_objection", "keep_words_button", "blend_button")
    before = driver.scene.model.name

    def seen() -> set[str]:
        return {name for name in names if driver.find(name).isVisibleTo(driver.window)}

    models.choose(str(write_words(tmp_path / "told")))
    driver.idle()
    box.say("red hair, zebra")
    driver.trigger("laboratory")
    for label, expected in (("Guidance weights", set(names)), ("Learning", set())):
        driver.choose("experiment_combo", label)
        assert seen() == expected
    models.choose(str(write_words(tmp_path / "other")))
    driver.idle()
    assert not seen()
    driver.trigger("direction_reverse")
    assert seen() == set(names)
    models.choose(before)
    driver.idle()


def test_the_seed_of_fresh_noise_is_free_where_an_experiment_has_samplers_of_its_own(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.find("more_fold").setChecked(True)  # type: ignore[attr-defined]
    driver.choose("sampler_combo", "DDIM")
    noise = driver.find("noise_spin")
    for label, free in (("Same seed, other step count", True), ("Compare runs", False)):
        driver.choose("experiment_combo", label)
        driver.idle()
        assert noise.isVisibleTo(driver.window) and noise.isEnabled() is free, label


def test_of_what_the_folder_says_nothing_is_said_where_none_of_it_is_read(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.find("more_fold").setChecked(True)  # type: ignore[attr-defined]
    words = driver.find("folder_says_label")
    for label, said in (("Convergence", False), ("Compare runs", True)):
        driver.choose("experiment_combo", label)
        driver.idle()
        assert words.isVisibleTo(driver.window) is said, label
