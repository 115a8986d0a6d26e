"""CONTRACT's names are there and are what they say; every control has a tooltip; a disabled one says why."""

from __future__ import annotations

import dataclasses

import pytest
from gui_driver import Driver
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QProgressBar,
    QScrollBar,
    QSlider,
    QSpinBox,
    QWidget,
)

from diffviz import catalog
from diffviz.scene import SamplerSpec

pytestmark = pytest.mark.display

WIDGETS = {
    "x_t_panel": QWidget,
    "x_0_panel": QWidget,
    "eps_panel": QWidget,
    "t_slider": QSlider,
    "t_spin": QSpinBox,
    "schedule_plot": QWidget,
    "schedule_combo": QComboBox,
    "T_spin": QSpinBox,
    "seed_spin": QSpinBox,
    "model_combo": QComboBox,
    "class_combo": QComboBox,
    "guidance_spin": QDoubleSpinBox,
    "sampler_combo": QComboBox,
    "steps_spin": QSpinBox,
    "count_combo": QComboBox,
    "pace_combo": QComboBox,
    "speed_combo": QComboBox,
    "device_label": QLabel,
    "progress_bar": QProgressBar,
    "message_bar": QWidget,
    "made_with_label": QLabel,
}
ACTIONS = [
    "open",
    "paste",
    "copy",
    "save_scene",
    "open_scene",
    "play_sound",
    "undo",
    "redo",
    "direction_forward",
    "direction_reverse",
    "play",
    "loop",
    "generate",
    "cancel",
    "denoise",
    "live",
    "new_noise",
    "export",
    "presentation",
]


@pytest.mark.parametrize("name", WIDGETS)
def test_a_named_widget_is_there_once(name: str, driver: Driver) -> None:
    assert len(driver.window.findChildren(WIDGETS[name], name)) == 1


@pytest.mark.parametrize("name", ACTIONS)
def test_a_named_action_is_there_once(name: str, driver: Driver) -> None:
    assert len(driver.window.findChildren(QAction, f"{name}_action")) == 1
    assert driver.action(name).text()


def test_eta_is_there_where_the_sampler_has_it(driver: Driver) -> None:
    driver.choose("sampler_combo", catalog.SAMPLERS["ddim"].label)
    eta = driver.find("eta_spin", QDoubleSpinBox)
    assert (eta.minimum(), eta.maximum()) == (0, 1)
    eta.setValue(0.25)
    assert dict(driver.scene.sampler.params)["eta"] == 0.25


def test_eta_can_be_found_at_the_first_launch(driver: Driver) -> None:
    """Scripts rely on the name, whatever the sampler is."""
    assert driver.window.findChildren(QDoubleSpinBox, "eta_spin")


def test_slider_and_spins_have_the_contracts_ranges(driver: Driver) -> None:
    assert (driver.slider.minimum(), driver.slider.maximum()) == (0, 100)
    T = driver.find("T_spin", QSpinBox)
    assert (T.minimum(), T.maximum()) == (2, 10_000)
    driver.set("T_spin", 400)
    assert driver.slider.maximum() == 400
    t = driver.find("t_spin", QSpinBox)
    assert (t.minimum(), t.maximum()) == (0, 400)


def test_menus_offer_the_catalog(driver: Driver) -> None:
    for name, table in (("schedule_combo", catalog.SCHEDULES), ("sampler_combo", catalog.SAMPLERS)):
        combo = driver.find(name, QComboBox)
        assert [combo.itemText(i) for i in range(combo.count())] == [entry.label for entry in table.values()]
    counts = driver.find("count_combo", QComboBox)
    assert [counts.itemText(i) for i in range(counts.count())] == [str(n * n) for n in range(1, 9)]


def test_the_device_is_shown(driver: Driver) -> None:
    assert "CPU" in driver.words("device_label")


def test_panels_show_arrays_that_may_be_kept(driver: Driver) -> None:
    for name in ("x_t", "x_0", "eps"):
        array = driver.shown(name)
        assert array.dtype == "uint8" and array.shape == driver.shown("x_0").shape
        array[:] = 0  # a copy: the picture on the screen is not the test's to change
        assert driver.shown(name).any()


def controls(window: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QAbstractSlider)
    found = [w for kind in kinds for w in window.findChildren(kind)]
    inner = ("qt_", "ScrollLeftButton", "ScrollRightButton")
    return [w for w in found if w.isVisible() and not w.objectName().startswith(inner) and not part_of_another(w)]


def part_of_another(widget: QWidget) -> bool:
    """Scroll bars and the insides of spin boxes and plots."""
    if isinstance(widget, QScrollBar):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractSpinBox | QComboBox):
            return True
        parent = parent.parentWidget()
    return False


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {widget.objectName()} {text}"


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_every_control_has_a_tooltip(direction: str, driver: Driver) -> None:
    driver.trigger(f"direction_{direction}")
    driver.idle()
    found = controls(driver.window)
    assert len(found) > 20
    assert [named(w) for w in found if not w.toolTip().strip()] == []


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_a_disabled_control_says_why(direction: str, driver: Driver) -> None:
    """The tooltip of a control differs while it is disabled."""
    tips: dict[QWidget, set[str]] = {}
    driver.trigger("direction_forward" if direction == "reverse" else "direction_reverse")
    driver.idle()
    for way in ("forward", "reverse"):
        driver.trigger(f"direction_{way}")
        driver.idle()
        for widget in controls(driver.window):
            if widget.isEnabled():
                tips.setdefault(widget, set()).add(widget.toolTip())
    driver.trigger(f"direction_{direction}")
    driver.idle()
    silent = [named(w) for w in controls(driver.window) if not w.isEnabled() and w.toolTip() in tips.get(w, {""})]
    assert silent == []


def test_while_a_chain_runs_its_options_say_why_they_are_locked(driver: Driver) -> None:
    names = [
        "model_combo",
        "class_combo",
        "guidance_spin",
        "sampler_combo",
        "steps_spin",
        "count_combo",
        "variance_combo",
    ]
    before = {name: driver.find(name).toolTip() for name in names}
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    try:
        for name in names:
            widget = driver.find(name)
            assert not widget.isEnabled(), name
            assert widget.toolTip() != before[name] and "chain" in widget.toolTip(), name
    finally:
        driver.trigger("cancel")
        driver.idle()
    assert all(driver.find(name).isEnabled() for name in names)
    assert {name: driver.find(name).toolTip() for name in names} == before


def test_disabled_actions_say_why(driver: Driver) -> None:
    for name in ("cancel", "live"):
        action = driver.action(name)
        assert not action.isEnabled() and len(action.toolTip()) > 10
    driver.trigger("direction_reverse")
    driver.idle()
    for name in ("denoise", "export", "play"):
        action = driver.action(name)
        assert not action.isEnabled(), name
        assert "Generate" in action.toolTip() or "Add noise" in action.toolTip(), name


def test_tooltips_give_the_shortcut(driver: Driver) -> None:
    for name, keys in (("open", "Ctrl+O"), ("play", "Space"), ("presentation", "F11"), ("export", "Ctrl+E")):
        assert keys in driver.action(name).toolTip()


def test_tooltips_give_the_formula(driver: Driver) -> None:
    assert "ᾱ" in driver.action("direction_forward").toolTip()
    assert "cond" in driver.find("guidance_spin").toolTip() and "off" in driver.find("guidance_spin").toolTip()


def test_panels_and_fields_have_accessible_names(driver: Driver) -> None:
    unnamed = [
        name
        for name in WIDGETS
        if name.endswith(("_spin", "_combo", "_panel", "_slider")) and not driver.find(name).accessibleName()
    ]
    assert unnamed == []


def test_boxes_show_what_the_scene_holds(driver: Driver) -> None:
    """Whatever a scene or the command line may hold, also beyond what a person would choose."""
    scene = driver.first_scene
    model = dataclasses.replace(scene.model, guidance=30.0, rescale=0.125, guidance_low=200, guidance_high=10_000)
    view = dataclasses.replace(scene.view, speed=3.0)
    driver.reset(scene.replace(model=model, view=view, sampler=SamplerSpec("ddim", 2500, params=(("eta", 0.125),))))
    assert driver.find("guidance_spin").value() == 30
    assert driver.find("rescale_spin").value() == 0.125
    assert driver.find("guidance_low_spin").value() == 200
    assert driver.find("steps_spin").value() == 2500
    assert driver.find("eta_spin").value() == 0.125
    assert driver.find("speed_combo", QComboBox).currentText() == "3×"
    assert driver.scene.sampler.steps == 2500 and driver.scene.model.guidance == 30
