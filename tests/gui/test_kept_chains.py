"""A chain is not lost by accident: it stays beside what made it until the next one, and comes back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from diffviz.engine import recording
from diffviz.gui.panels.changes import DOT
from diffviz.scene import ModelSpec, SamplerSpec


def caption(driver: Driver) -> str:
    labels = driver.find("x_t_panel").findChildren(QLabel)
    return " ".join(f"{label.text()} {label.toolTip()}" for label in labels)  # whole in one of them


def marked(driver: Driver) -> set[str]:
    return {label.text().removesuffix(DOT) for label in driver.window.findChildren(QLabel) if DOT in label.text()}


def final(driver: Driver) -> np.ndarray:
    return driver.shown("x_t")


def test_undo_of_an_opened_scene_brings_the_chain_back_that_was_there(ran: Driver) -> None:
    before, made, t = final(ran), caption(ran), ran.scene.t
    ran.window.controller.open_scene(ran.scene.replace(seed=5))
    ran.idle()
    assert not ran.window.controller.chains.states and ran.action("undo").text() == "Undo: the opened scene"
    ran.trigger("undo")
    ran.idle()
    assert np.array_equal(final(ran), before) and caption(ran) == made and ran.scene.t == t


CHANGES = [
    ({"seed": 7}, "seed"),
    ({"count": 9}, "samples"),
    ({"model": ModelSpec("", "dot")}, "class"),
    ({"sampler": SamplerSpec("ddpm", 5)}, "sampler"),
    ({"sampler": SamplerSpec("ddim", 9)}, "steps"),
]


@pytest.mark.parametrize("change, row", CHANGES, ids=[row for _, row in CHANGES])
def test_it_stays_when_a_setting_is_touched_and_says_what_made_it(
    change: dict[str, object], row: str, ran: Driver
) -> None:
    before, made = final(ran), caption(ran)
    assert "ring" in made and "DDIM 5" in made and "seed 0" in made and not marked(ran)
    if "model" in change:
        change = {"model": dataclasses.replace(ran.scene.model, class_label="dot")}
    ran.window.controller.store.edit(**change)
    ran.idle()
    assert np.array_equal(final(ran), before) and caption(ran) == made
    assert marked(ran) == {row}
    ran.trigger("undo")
    ran.idle()
    assert not marked(ran)


def test_one_click_takes_its_settings_back(ran: Driver) -> None:
    made = ran.scene
    button = ran.find("take_settings_button", QToolButton)
    assert not button.isVisible() and not ran.action("take_settings").isEnabled()
    ran.window.controller.store.edit(seed=5)
    ran.window.controller.store.edit(sampler=SamplerSpec("heun", 3))
    ran.paint()
    assert button.isVisible() and marked(ran) == {"seed", "sampler", "steps"}
    button.click()
    ran.idle()
    assert (ran.scene.seed, ran.scene.sampler) == (made.seed, made.sampler) and not marked(ran)
    assert not button.isVisible()


def test_undo_brings_a_replaced_chain_back_and_redo_the_one_that_replaced_it(ran: Driver) -> None:
    first = final(ran)
    ran.window.controller.store.edit(seed=7)
    ran.generate()
    second = final(ran)
    assert not np.array_equal(first, second) and "seed 7" in caption(ran)
    ran.trigger("undo")
    ran.idle()
    assert np.array_equal(final(ran), first) and "seed 0" in caption(ran)
    ran.trigger("redo")
    ran.idle()
    assert np.array_equal(final(ran), second) and ran.scene.seed == 7 and not marked(ran)


@pytest.mark.parametrize("paused", [False, True])
def test_undo_of_a_chain_that_runs_stops_it(ran: Driver, paused: bool, qtbot: QtBot) -> None:
    """The step was taken, and the chain before stayed away."""
    first, job = final(ran), ran.window.controller.chains.run.job
    ran.window.controller.store.edit(sampler=SamplerSpec("ddpm", 500))
    ran.trigger("generate")
    qtbot.waitUntil(lambda: 2 < len(ran.window.controller.chains.states) < 400)
    if paused:
        ran.trigger("pause")
    ran.trigger("undo")
    ran.idle()
    assert ran.window.controller.chains.run.job == job and np.array_equal(final(ran), first)
    ran.trigger("redo")
    ran.idle()
    assert ran.window.controller.chains.run.job != job and len(ran.window.controller.chains.states) < 500


@pytest.mark.parametrize("page", ["forward", "reverse"])
def test_undo_of_the_first_chain_stops_it_too(driver: Driver, page: str) -> None:
    """The step was taken, and the chain ran on where nobody saw it."""
    driver.forget()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddpm", 500))
    driver.trigger(f"direction_{page}")
    driver.trigger("generate")
    driver.until(lambda: 2 < len(driver.window.controller.chains.states) < 400)
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.forward and len(driver.window.controller.chains.states) < 500
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.t == driver.window.controller.chains.states[-1].t > 0


def test_generating_twice_with_the_same_settings_can_be_undone_too(ran: Driver) -> None:
    job = ran.window.controller.chains.run.job
    ran.generate()
    assert ran.window.controller.chains.run.job != job
    ran.trigger("undo")
    ran.idle()
    assert ran.window.controller.chains.run.job == job


def test_bring_the_chain_back_goes_to_and_fro_with_the_settings(ran: Driver) -> None:
    first = final(ran)
    ran.window.controller.store.edit(seed=7)
    ran.generate()
    second = final(ran)
    for picture, seed in ((first, 0), (second, 7), (first, 0)):
        ran.trigger("restore_chain")
        ran.idle()
        assert np.array_equal(final(ran), picture) and ran.scene.seed == seed
        assert not marked(ran) and ran.slider.value() == 0


def test_undo_and_redo_offer_the_same_chain_as_before_them(ran: Driver) -> None:
    """The one that was looked at last stood in the place of the one that was replaced."""
    ran.window.controller.chains.kept.clear()  # of other tests
    for seed in (7, 8):
        ran.window.controller.store.edit(seed=seed)
        ran.generate()

    def offered() -> str:
        ran.idle()
        return ran.window.controller.session.run.replaced

    def step(name: str) -> None:
        job = ran.window.controller.chains.run.job
        while ran.window.controller.chains.run.job == job:
            ran.trigger(name)
            ran.idle()

    assert offered().endswith("seed 7")
    step("undo")
    between = offered()
    assert between.endswith("seed 8"), "which undo took away"
    step("undo")
    step("redo")
    assert offered() == between
    step("redo")
    assert offered().endswith("seed 7")


def test_a_chain_that_fails_before_its_first_state_gives_the_old_one_back(
    ran: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, made = final(ran), caption(ran)

    def broken(*_: object, **__: object) -> object:
        raise ValueError("The network returned nothing.")

    monkeypatch.setattr(recording, "snapshots", broken)
    ran.window.controller.store.edit(seed=7)
    ran.generate()
    assert any("returned nothing" in text for text in ran.messages())
    assert np.array_equal(final(ran), first) and caption(ran) == made and marked(ran) == {"seed"}


def test_it_outlives_its_model_is_exported_and_not_gone_on_with(
    ran: Driver, tiny_model_folder: Path, tmp_path: Path
) -> None:
    first, controller = final(ran), ran.window.controller
    controller.models.load(str(tiny_model_folder))
    ran.idle()
    assert np.array_equal(final(ran), first) and "model" in marked(ran)
    assert not ran.action("go_on").isEnabled() and "another model" in ran.action("go_on").toolTip()
    path = tmp_path / "kept.diffviz-run"
    assert ran.window.doors.runs.save(str(path))
    ran.idle()
    assert path.exists()
    ran.generate()
    assert np.array_equal(final(ran), direct(ran.scene)[-1].x_t[0])


def test_a_chain_that_is_no_longer_recorded_is_not_promised(ran: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    ran.window.controller.store.edit(seed=7)
    monkeypatch.setattr(recording, "BUDGET_BYTES", 1)
    ran.generate()
    assert not ran.action("restore_chain").isEnabled()
    shown = final(ran)
    ran.trigger("undo")
    ran.idle()
    assert np.array_equal(final(ran), shown) and "seed 7" in caption(ran), "it says what it is"
    assert any("no longer recorded" in text for text in ran.messages())
    ran.trigger("redo")
    ran.idle()
    assert not ran.messages(), "the chain shown is that of its settings"


def test_futures_stay_what_they_are_and_lead_back(ran: Driver) -> None:
    ran.window.controller.walk.step(-2)
    ran.idle()
    ran.window.controller.store.edit(sampler=SamplerSpec("ddpm", 5))
    ran.trigger("futures")
    ran.idle()
    assert "8 futures from t" in caption(ran)


def test_undo_leads_from_futures_and_redo_back_to_them(ran: Driver) -> None:
    ran.window.controller.chains.kept.clear()  # of other tests
    ran.window.controller.store.edit(seed=7)
    ran.window.controller.walk.step(-2)
    ran.idle()
    chain = final(ran)  # where they part from it
    ran.trigger("futures")
    ran.idle()
    futures, said = final(ran), caption(ran)
    assert "8 futures from t" in said
    ran.trigger("undo")
    ran.idle()
    assert np.array_equal(final(ran), chain) and "futures" not in caption(ran)
    ran.trigger("redo")
    ran.idle()
    assert np.array_equal(final(ran), futures) and caption(ran) == said
    ran.trigger("escape")
    assert "futures" not in caption(ran)
    assert not ran.action("restore_chain").isEnabled(), "futures are no chain that was replaced"
