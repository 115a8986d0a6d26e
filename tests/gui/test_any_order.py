"""Whatever is done in whatever order: t is the level shown, what is said to have made the pixels made them, and undo
followed by redo changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest
from chains import network
from gui_driver import Driver
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pixels import from_uint8, to_uint8
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget

from diffviz.diffusion import add_noise
from diffviz.engine.beginning import Beginning
from diffviz.engine.chain import run_chain
from diffviz.engine.denoising import make_schedule
from diffviz.engine.noise import held_noise
from diffviz.kinds.picture import fitted
from diffviz.kinds.tiles import tile
from diffviz.scene import DataSpec, SamplerSpec, Scene
from diffviz.session.provenance import made_with
from diffviz.timeline import level_text

NUMBERS = {"seed_spin": (0, 3), "steps_spin": (2, 5), "noise_spin": (-1, 2), "T_spin": (50, 101)}
CHOICES = {
    "class_combo": ("dot", "ring", "cross"),
    "sampler_combo": ("DDPM", "DDIM", "DPM-Solver++ 2M"),
    "count_combo": ("1", "4"),
    "schedule_combo": ("linear", "cosine"),
}
PAGES = {"forward": "direction_forward", "reverse": "direction_reverse", "laboratory": "laboratory"}
STEPS = ("first", "back", "next", "last")
CHAINS = ("generate", "denoise", "go_on", "futures", "return", "repeat", "restore_chain", "take_settings", "escape")
LEVELS = st.integers(0, 100)
DATA = ("picture cat", "points rings", "line two_deltas", "sound drum")


class AnyOrder(RuleBasedStateMachine):
    """What a person does in a window; after each thing that the window has done, what it says is true."""

    driver: ClassVar[Driver]
    looked_at: tuple[Any, ...] = ()  # the last moment at which everything was looked at

    @initialize()
    def first_scene(self) -> None:
        self.driver.forget()

    @rule(name=st.sampled_from(sorted(NUMBERS)), data=st.data())
    def type_a_number(self, name: str, data: st.DataObject) -> None:
        spin = self.driver.find(name, QSpinBox)
        if spin.isVisible() and spin.isEnabled():
            self.driver.set(name, data.draw(st.integers(*NUMBERS[name])))

    @rule(name=st.sampled_from(sorted(CHOICES)), data=st.data())
    def choose(self, name: str, data: st.DataObject) -> None:
        combo = self.driver.find(name, QComboBox)
        if combo.isVisible() and combo.isEnabled():
            self.driver.choose(name, data.draw(st.sampled_from(CHOICES[name])))

    @rule(levels=st.lists(LEVELS, min_size=1, max_size=3))
    def drag(self, levels: list[int]) -> None:
        driver, slider = self.driver, self.driver.slider
        if not (slider.isVisible() and slider.isEnabled()):
            return
        left, y = slider.mapTo(driver.window, QPoint(0, 0)).x(), slider.height() / 2
        driver.press(slider, driver.plot_x(levels[0]) - left, y)
        for t in levels:
            driver.move(slider, driver.plot_x(t) - left, y)
            driver.paint()
        driver.release(slider, driver.plot_x(levels[-1]) - left, y)

    @rule(t=LEVELS)
    def type_a_level(self, t: int) -> None:
        spin = self.driver.find("t_spin", QSpinBox)
        if spin.isEnabled():
            spin.setValue(t)

    @rule(name=st.sampled_from(sorted(PAGES)))
    def turn_to(self, name: str) -> None:
        self.driver.window.parts.way.buttons[name].click()  # that of the page that is seen too

    @rule(name=st.sampled_from(STEPS))
    def step(self, name: str) -> None:
        self.driver.trigger(name)

    @rule(name=st.sampled_from(CHAINS))
    def run(self, name: str) -> None:
        if name == "generate" and self.driver.window.controller.session.page == "laboratory":
            return  # an experiment, of which nothing is said here
        self.driver.trigger(name)

    @rule()
    def stop_a_chain_on_its_way(self) -> None:
        controller, pace = self.driver.window.controller, self.driver.scene.view.pace
        if controller.session.page == "laboratory":
            return
        controller.engine.control.set_pace("step")
        self.driver.trigger("generate")
        self.driver.until(lambda: controller.chains.states)
        self.driver.trigger("cancel")
        controller.engine.control.set_pace(pace)

    @rule(k=st.integers(0, 8))
    def look_into_a_sample(self, k: int) -> None:
        run = self.driver.window.controller.chains.run
        if self.driver.scene.direction == "reverse" and run.states and k < run.count and run.count > 1:
            height, width = run.states[run.index].shown.x_t.shape[1:3]
            across = max(1, self.driver.shown("x_t").shape[1] // width)
            self.driver.window.controller.pixels.clicked(k % across * width, k // across * height)

    @rule(name=st.sampled_from(("undo", "redo")))
    def walk_in_the_history(self, name: str) -> None:
        self.driver.trigger(name)

    @invariant()
    def what_is_shown_is_true_and_undo_and_redo_are_the_identity(self) -> None:
        driver = self.driver
        driver.idle()
        drawn = face(driver)
        now = driver.window.controller.session, drawn, moment(driver)
        if now == self.looked_at:
            return  # nothing was done: two rules of five find their control disabled, or where they would set it
        tell_the_truth(driver)
        driver.window.controller.showing.show_all()
        driver.idle()
        assert face(driver) == drawn, "drawn anew it reads otherwise"
        for there, back in (("undo", "redo"), ("redo", "undo")):
            if driver.action(there).isEnabled():
                before = moment(driver)
                for name in (there, back):
                    driver.trigger(name)
                    driver.idle()
                    tell_the_truth(driver)
                assert moment(driver) == before, (there, back)
        self.looked_at = driver.window.controller.session, face(driver), moment(driver)


class AnyKind(AnyOrder):
    """The same with data of all kinds: what is drawn anew reads the same, and undo and redo bring it back."""

    @rule(name=st.sampled_from(DATA))
    def open(self, name: str) -> None:
        kind = name.split()[0]
        self.driver.window.controller.pictures.open(DataSpec(kind, f"builtin:{name.split()[1]}"))


def moment(driver: Driver) -> tuple[Any, ...]:
    """All that a person sees of the scene, its pixels too."""
    session = driver.window.controller.session
    if session.page == "laboratory":
        return (driver.scene,)
    pixels = tuple(driver.shown(name).tobytes() for name in ("x_t", "x_0", "eps"))
    return (driver.scene, driver.slider.value(), captions(driver), session.run.open_tile, pixels)


def face(driver: Driver) -> dict[str, tuple[Any, ...]]:
    """What can be read and pressed in the window, and what its controls say of themselves."""
    seen: dict[str, tuple[Any, ...]] = {}
    for n, widget in enumerate(driver.window.findChildren(QWidget)):
        if widget.isVisible():
            words = [getattr(widget, name, None) for name in ("text", "currentText", "isChecked")]
            said = [word() if callable(word) else word for word in words]
            seen[f"{n} {widget.objectName()}"] = (*said, widget.isEnabled(), widget.toolTip())
    for action in driver.window.findChildren(QAction):
        seen[f"{action.objectName()} {action.text()}"] = (action.isEnabled(), action.isChecked(), action.toolTip())
    return seen


def tell_the_truth(driver: Driver) -> None:
    """The slider and the pictures are at the scene's t; the pictures are those of what is said to have made them."""
    page, scene = driver.window.controller.session.page, driver.scene
    typed = driver.find("t_spin", QSpinBox).value()
    assert [name for name, action in PAGES.items() if driver.action(action).isChecked()] == [page]
    if driver.window.controller.session.seen_kind != "picture":
        assert page == "laboratory" or driver.slider.value() == scene.t == typed
    elif page == "forward":
        assert driver.slider.value() == scene.t == typed
        eps = held_noise(scene.seed, (3, *driver.shown("x_0").shape[:2]))
        x_t = add_noise(from_uint8(driver.shown("x_0")), scene.t, eps, make_schedule(scene.schedule))
        assert np.array_equal(driver.shown("x_t"), to_uint8(x_t)[0])
    elif page == "reverse":
        assert scene.t == typed
        reverse_is_true(driver)


def reverse_is_true(driver: Driver) -> None:
    scene, controller = driver.scene, driver.window.controller
    assert driver.slider.value() == scene.t
    run, said = controller.chains.run, captions(driver)
    if not run.states:
        model = network(scene.model.name)
        assert scene.t == model.schedule.T and "t = T" in said
        return
    state = run.states[run.index]
    assert scene.t == round(state.t) and f"t = {level_text(state.t)} ·" in said
    sample = run.chosen if run.fan else None
    if run.fan and sample is None:
        assert f"{run.fan - 1} futures from t" in said
        return
    made = run.scene if run.chosen is None else run.single(run.chosen)
    assert made_with(made) in said
    expected = chain(made, picture(driver) if made.start else None)
    i = state.i
    assert expected[i].shape == driver.shown("x_t").shape
    gap = np.abs(expected[i].astype(int) - driver.shown("x_t")).max()
    assert gap <= 1  # one sample alone and among others differ in the last bits


def picture(driver: Driver) -> bytes:
    array = driver.window.controller.forward.picture
    return fitted(array, 8, 8).tobytes()


@cache
def chain(made: Scene, start: bytes | None) -> list[np.ndarray]:
    """x_t of each state of the chain of a scene, computed beside the window."""
    model, began = network(made.model.name), None
    if start is not None:
        began = Beginning(from_uint8(np.frombuffer(start, np.uint8).reshape(8, 8, 3).copy()), made.start)
    return [tile(state.shown.x_t) for state in run_chain(model, made, legs=made.history, began=began)]


def captions(driver: Driver) -> str:
    labels = [label for name in ("x_t", "x_0") for label in driver.find(f"{name}_panel").findChildren(QLabel)]
    return "  ".join(f"{label.text()} {label.toolTip()}" for label in labels)  # whole in one of them


@pytest.fixture
def small(module_driver: Driver, tiny_scene: Scene) -> Iterator[Driver]:
    first, module_driver.first_scene = module_driver.first_scene, tiny_scene.replace(sampler=SamplerSpec("ddpm", 3))
    yield module_driver
    module_driver.first_scene = first
    module_driver.settle()


@pytest.mark.parametrize(("machine", "examples"), [(AnyOrder, 12), (AnyKind, 8)])
def test_whatever_is_done_in_whatever_order(machine: type[AnyOrder], examples: int, small: Driver) -> None:
    class Here(machine):  # type: ignore[misc, valid-type]
        driver = small

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
