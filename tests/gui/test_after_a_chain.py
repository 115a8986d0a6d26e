"""After a chain: what goes on from it begins in its middle, and a paused one says what the keys do now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from in_hand import shown_states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from diffviz.scene import SamplerSpec


@pytest.fixture
def ran(driver: Driver) -> Driver:
    """A finished chain of five steps, at t = 0."""
    driver.reset(driver.scene.replace(direction="reverse", sampler=SamplerSpec("ddpm", 5)))
    driver.generate()
    assert driver.scene.t == 0
    return driver


def said(driver: Driver) -> str:
    return " ".join(text for text in driver.messages() if "ᾱ at t = T" not in text)


def test_the_follow_ups_say_where_they_begin(ran: Driver) -> None:
    assert shown_states(ran) == [100, 80, 60, 40, 20, 0]
    for name, words in (("go_on", "Go on from t = 60"), ("futures", "8 futures from t = 60")):
        assert ran.action(name).isEnabled() and ran.action(name).text() == words
        assert "t = 60" in ran.action(name).toolTip() and "arrived" in ran.action(name).toolTip()
    ran.trigger("direction_forward")
    assert ran.action("go_on").iconText() == "Go on from here", "F1 lists it there too, of no chain"
    ran.trigger("direction_reverse")
    ran.window.controller.walk.step(-1)
    ran.idle()
    assert ran.action("go_on").text() == "Go on from here" == ran.action("go_on").iconText()
    assert ran.action("futures").text() == "8 futures from here" and "t = 60" not in ran.action("futures").toolTip()


def test_go_on_begins_in_the_middle_and_says_so(ran: Driver) -> None:
    ran.window.controller.store.edit(sampler=SamplerSpec("ddim", 5))
    ran.trigger("go_on")
    ran.idle()
    run = ran.window.controller.chains.run
    assert run.first == 2 and len(run.parents) == 1 and ran.scene.history[-1].t == 60
    assert "this goes on from t = 60" in said(ran) and ran.action("undo").text() == "Undo: the branch"
    ran.window.controller.walk.step(-1)
    ran.trigger("go_on")
    ran.idle()
    assert said(ran) == ""
    ran.trigger("return")
    ran.trigger("return")
    ran.idle()
    assert said(ran) == "" and ran.slider.value() == 60 and ran.action("undo").text() == "Undo: the way back"


def test_the_same_settings_lead_to_the_same_end(ran: Driver) -> None:
    end = ran.shown("x_t")
    ran.trigger("go_on")
    ran.idle()
    assert np.array_equal(ran.shown("x_t"), end) and np.array_equal(end, direct(ran.scene)[-1].x_t[0])


def test_futures_begin_in_the_middle_and_say_so(ran: Driver) -> None:
    ran.trigger("futures")
    ran.idle()
    assert ran.window.controller.chains.run.fan == 9
    assert "this goes on from t = 60" in said(ran) and "part from it at t = 60" in said(ran)


def test_a_chain_of_one_step_goes_on_from_its_noise(driver: Driver) -> None:
    driver.reset(driver.scene.replace(direction="reverse", sampler=SamplerSpec("ddim", 1)))
    driver.generate()
    assert driver.action("go_on").text() == "Go on from t = 100"


def test_a_chain_that_began_with_a_noisy_picture_has_its_middle_below_that(driver: Driver) -> None:
    """At the level nearest to T/2 it would only begin anew."""
    driver.reset(driver.scene.replace(direction="forward", sampler=SamplerSpec("ddpm", 4)))
    driver.set_t(10)
    driver.trigger("denoise")
    driver.idle()
    first = shown_states(driver)[0]
    assert first < 50 and driver.scene.t == 0
    middle = min(shown_states(driver), key=lambda t: abs(t - first / 2))
    assert driver.action("go_on").text() == f"Go on from t = {round(middle)}" and 0 < middle < first


# -- paused


@pytest.fixture
def paused(driver: Driver) -> Iterator[Driver]:
    """A chain that was paused on its way."""
    view = dataclasses.replace(driver.scene.view, pace="step")
    driver.reset(driver.scene.replace(direction="reverse", sampler=SamplerSpec("ddpm", 5), view=view))
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.chains.states)
    driver.trigger("pause")
    driver.paint()
    yield driver


def test_a_paused_chain_says_what_its_keys_do_once_settings_are_others(paused: Driver) -> None:
    note = paused.find("paused_note", QLabel)
    assert not note.isVisible() and paused.action("pause").isEnabled()
    paused.window.controller.store.edit(sampler=SamplerSpec("ddim", 5))
    paused.paint()
    assert note.isVisible() and "P" in note.text() and "G" in note.text()
    assert not paused.action("pause").isEnabled() and paused.action("go_on").isEnabled()
    assert not paused.action("next").isEnabled() and "→" in note.text(), "it did a step with the chain's own settings"
    assert paused.action("next").toolTip() == paused.action("pause").toolTip() and "→" not in progress(paused)
    count = len(shown_states(paused))
    paused.key(Qt.Key.Key_Right)
    assert any("undo takes them back" in text for text in paused.messages())
    paused.trigger("undo")
    paused.paint()
    assert not note.isVisible() and paused.action("pause").isEnabled() and "→ does one" in progress(paused)
    assert len(shown_states(paused)) == count
    paused.key(Qt.Key.Key_Right)
    paused.until(lambda: len(shown_states(paused)) > count)


def test_futures_of_a_sampler_without_noise_are_resumed_with_nothing_changed(driver: Driver) -> None:
    """Theirs is another one than the scene's, which passed for a change."""
    driver.reset(driver.scene.replace(direction="reverse", sampler=SamplerSpec("ddim", 5)))
    driver.generate()
    driver.slider.setValue(60)
    driver.window.controller.options.view(pace="step")
    driver.trigger("futures")
    driver.until(lambda: driver.window.controller.chains.run.fan and driver.window.controller.chains.states)
    driver.trigger("pause")
    driver.paint()
    assert driver.action("pause").isEnabled() and driver.action("next").isEnabled()
    driver.settle()


def progress(driver: Driver) -> str:
    return driver.words("progress_label")


def test_going_on_from_it_takes_the_note_away(paused: Driver) -> None:
    paused.window.controller.store.edit(
        sampler=SamplerSpec("ddim", 5), view=dataclasses.replace(paused.scene.view, pace="max")
    )
    paused.trigger("go_on")
    paused.idle()
    assert not paused.find("paused_note", QLabel).isVisible() and shown_states(paused)[-1] == 0


# -- what cannot be exported says so in the dialog


def test_a_film_that_is_too_fast_says_so_in_sight(driver: Driver) -> None:
    driver.trigger("export")
    driver.paint()
    driver.set("export_frames_spin", 2000)
    driver.set("export_seconds_spin", 0.2)
    button = driver.find("export_button", QPushButton)
    assert not button.isEnabled()
    texts = [label.text() for label in button.window().findChildren(QLabel) if label.isVisible()]
    assert any("choose fewer frames or more seconds" in text for text in texts)
    driver.set("export_seconds_spin", 100)
    assert button.isEnabled()
