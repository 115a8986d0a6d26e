"""The keys stay at hand when the control that has them is locked or goes: at the button that runs and stops."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest
import shiboken6
from gui_driver import Driver
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QCursor, QFocusEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.focus import FocusKeeper
from diffviz.gui.panels.tab_order import tab_stops
from diffviz.palette import DARK, LIGHT
from diffviz.scene import RunSpec, SamplerSpec, Scene

pytestmark = pytest.mark.display


def test_a_window_that_begins_without_a_chain_has_the_keys(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    """Its first button had them: Space, which plays, opened a dialog of files."""
    driver = make_driver(tiny_scene.replace(direction="reverse"))
    driver.until(lambda: QApplication.focusWidget() is driver.window)


def test_a_page_without_the_control_gives_them_to_generate(driver: Driver) -> None:
    driver.find("schedule_combo").setFocus()
    driver.trigger("direction_reverse")
    driver.until(lambda: QApplication.focusWidget() is driver.generate_button)


def test_a_locked_control_gets_them_back(driver: Driver) -> None:
    runs = (RunSpec(driver.scene.model, SamplerSpec("ddpm", 40)),)
    spec = dataclasses.replace(driver.scene.experiment, name="compare", params=(("reference", "none"),))
    driver.window.controller.store.set(driver.scene.on("laboratory").replace(experiment=spec))
    driver.idle()
    steps = driver.find("steps_spin")
    steps.setFocus()
    driver.window.controller.store.edit(experiment=dataclasses.replace(spec, runs=runs))  # which runs at once
    assert not steps.isEnabled()
    driver.until(lambda: QApplication.focusWidget() is driver.generate_button or steps.isEnabled())
    driver.idle()
    assert QApplication.focusWidget() is steps


def test_a_stopped_experiment_says_how_far_it_came(driver: Driver) -> None:
    runs = tuple(RunSpec(driver.scene.model, SamplerSpec("ddpm", steps)) for steps in range(80, 90))
    spec = dataclasses.replace(driver.scene.experiment, name="compare", runs=runs)
    driver.window.controller.store.set(driver.scene.on("laboratory").replace(experiment=spec))
    if not driver.window.controller.jobs.running:
        driver.trigger("generate")
    driver.until(lambda: driver.window.controller.laboratory.far.done[0] > 2)
    driver.trigger("cancel")
    driver.idle()
    assert re.fullmatch(r"stopped at \d+%", driver.words("progress_label"))
    driver.window.controller.laboratory._say(done=(999, 1000))
    assert driver.words("progress_label") == "stopped at 99%", "not all of it"
    driver.choose("experiment_combo", "Guidance")
    assert driver.words("progress_label") == ""


def test_a_control_of_a_page_that_is_not_seen_takes_no_keys(driver: Driver) -> None:
    """After an experiment the keys were with the slider of another page, and after the film of its sheet on “Clear”."""
    slider, button = driver.find("t_slider"), driver.generate_button
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    slider.setEnabled(False)
    driver.until(button.hasFocus)
    driver.trigger("laboratory")
    slider.setEnabled(True)
    driver.idle()
    assert driver.window.hasFocus()
    driver.find("experiment_combo").setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(Qt.Key.Key_Escape)
    assert driver.window.hasFocus()
    driver.trigger("direction_forward")
    driver.key(Qt.Key.Key_Escape)
    assert slider.hasFocus()


def test_the_picture_that_was_reached_with_tab_is_the_one_that_is_copied(driver: Driver) -> None:
    view, files = driver.picture_area("x_0"), driver.window.files
    QCursor.setPos(driver.picture_area("eps").mapToGlobal(QPoint(20, 20)))
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert files.panel_under_cursor().objectName() == "x_0_panel"
    for reason in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.MenuBarFocusReason):
        view.clearFocus()
        view.setFocus(Qt.FocusReason.TabFocusReason)
        for kind in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):  # a dialog comes and goes
            QApplication.sendEvent(view, QFocusEvent(kind, reason))
        assert files.panel_under_cursor().objectName() == "x_0_panel"
    view.clearFocus()
    view.setFocus(Qt.FocusReason.MouseFocusReason)  # then the cursor says which is meant
    assert files.panel_under_cursor().objectName() != "x_0_panel"


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_ring_is_seen_on_any_picture(driver: Driver, theme: str, grey: int) -> None:
    view = driver.picture_area("x_0")
    view.setFocus(Qt.FocusReason.TabFocusReason)
    drawn = QImage(view.size(), QImage.Format.Format_RGB32)
    drawn.fill(QColor(grey, grey, grey))
    painter = QPainter(drawn)
    view.paint_ring(painter, DARK if theme == "dark" else LIGHT)
    painter.end()
    edge = [drawn.pixelColor(x, view.height() // 2).lightness() for x in range(5)]
    assert max(abs(light - grey) for light in edge) > 90


def test_the_keys_come_back_when_the_names_of_the_regions_go(driver: Driver) -> None:
    combo = driver.find("schedule_combo")
    combo.setFocus(Qt.FocusReason.TabFocusReason)
    driver.trigger("help")
    driver.key(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is combo


@pytest.mark.parametrize("page", ["direction_reverse", "direction_forward", "laboratory"])
def test_f6_goes_from_part_to_part_and_back(driver: Driver, page: str) -> None:
    driver.trigger(page)
    driver.idle()
    driver.generate_button.setFocus()
    driver.window.controller.bar.clear()  # a notice is one more
    parts = driver.window.parts.parts()
    assert len(parts) == (4 if page == "laboratory" else 5)
    for by, way in ((0, parts), (1, parts[-2::-1])):
        for part in way:
            driver.key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier if by else Qt.KeyboardModifier.NoModifier)
            has = QApplication.focusWidget()
            assert part.isAncestorOf(has) and has is tab_stops(part)[0]


def test_the_model_is_one_key_from_the_button_that_runs_it(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.generate_button.setFocus()
    driver.key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert driver.window.controller.side.column.isAncestorOf(QApplication.focusWidget())


def test_tab_goes_on_from_the_control_that_gave_the_keys_to_the_window(driver: Driver) -> None:
    box, window = driver.find("T_spin"), driver.window
    for key, expected in ((Qt.Key.Key_Tab, driver.find("beta_start_spin")), (Qt.Key.Key_Backtab, box)):
        box.setFocus()
        window.setFocus()
        driver.key(key)
        assert QApplication.focusWidget() is expected
    driver.find("guidance_spin").setFocus()
    window.setFocus()
    window.controller.side.open_folds("")  # what was left is not seen
    driver.key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is driver.find("denoise_button")


@pytest.mark.parametrize(("reason", "stays"), [("TabFocusReason", True), ("MouseFocusReason", False)])
def test_a_chain_takes_the_keys_from_a_box_that_was_clicked_alone(driver: Driver, reason: str, stays: bool) -> None:
    box = driver.find("seed_spin")
    driver.trigger("direction_reverse")
    for has, expected in ((driver.generate_button, True), (box, stays)):
        has.setFocus(Qt.FocusReason[reason])
        driver.generate()
        assert (QApplication.focusWidget() is has) is expected


def test_escape_leads_from_any_control_to_the_slider(driver: Driver) -> None:
    for name in ("schedule_combo", "T_spin", "schedule_scaled", "t_spin", "seed_spin"):
        driver.find(name).setFocus(Qt.FocusReason.TabFocusReason)
        driver.key(Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is driver.slider


def test_t_is_typed_a_key_from_anywhere(driver: Driver) -> None:
    """It was nine times Tab from the slider."""
    box = driver.find("t_spin", QAbstractSpinBox)
    for leave, expected in ((Qt.Key.Key_Return, driver.window), (Qt.Key.Key_Escape, driver.slider)):
        driver.find("new_noise_button").setFocus()
        driver.key(Qt.Key.Key_T)
        QTest.keyClicks(box, "40" if leave == Qt.Key.Key_Return else "41")
        driver.key(leave)
        assert QApplication.focusWidget() is expected
    assert driver.scene.t == 41
    driver.key(Qt.Key.Key_T)
    QTest.keyClicks(box, "40")
    driver.key(Qt.Key.Key_Return)
    driver.key(Qt.Key.Key_Right)
    assert driver.scene.t == 41, "the arrows are the window's again"
    driver.trigger("laboratory")
    driver.idle()
    driver.key(Qt.Key.Key_T)
    assert QApplication.focusWidget() is not box and driver.messages(), "it is said why"
    driver.trigger("direction_forward")
    driver.idle()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_return_presses_the_button_that_has_the_keys(driver: Driver, key: Qt.Key) -> None:
    seed = driver.scene.seed
    for button in (driver.window.controller.side.noise_card.new_noise, driver.find("more_fold")):
        button.setFocus(Qt.FocusReason.TabFocusReason)
        driver.key(key)
    assert driver.scene.seed == seed + 1 and not driver.find("more_fold", QPushButton).isChecked()
    assert not driver.window.controller.jobs.running


def named(widget: QWidget) -> str:
    """What a control, or its action, is called."""
    action = widget.defaultAction() if isinstance(widget, QToolButton) else None
    return (action or widget).objectName()


def test_the_laboratory_is_walked_from_the_top(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.idle()
    driver.find("samples_button").setFocus()
    found = []
    for _ in range(12):
        driver.key(Qt.Key.Key_Tab)
        found.append(named(QApplication.focusWidget()))
    at = [found.index(name) for name in ("sheet_view", "experiment_combo", "seed_spin", "model_combo")]
    assert at == sorted(at)


def test_to_walk_along_tab_binds_no_window_to_what_may_go(driver: Driver) -> None:
    window = driver.window
    last = QLineEdit(window.centralWidget())  # the last that Tab comes to
    last.show()
    layout, theme = window.layout(), window.themes["light"]  # made by Qt
    assert last in tab_stops(window.centralWidget())
    driver.trigger("next_part")
    shiboken6.delete(last)
    assert shiboken6.isValid(layout) and shiboken6.isValid(theme)


def test_a_control_that_is_deleted_while_the_keys_wait_for_it_is_forgotten(driver: Driver) -> None:
    """A notice's button goes with its notice; the next control that was locked failed then."""
    for _ in range(2):
        extra = QPushButton("once", driver.window)
        extra.show()
        extra.setFocus()
        driver.paint()
        extra.setEnabled(False)
        driver.until(lambda: QApplication.focusWidget() is driver.generate_button)
        shiboken6.delete(extra)
    driver.idle()
    assert QApplication.focusWidget() is driver.generate_button


def test_a_slider_that_was_locked_behind_another_window_has_the_keys_again(driver: Driver) -> None:
    driver.trigger("brush")
    dialog = driver.window.doors.drawing.dialog
    dialog.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is dialog)
    driver.slider.setEnabled(False)
    driver.slider.setEnabled(True)
    driver.window.activateWindow()
    driver.until(lambda: QApplication.focusWidget() is driver.slider)


def test_a_slider_that_was_given_the_keys_and_locked_behind_another_window_has_them_again(driver: Driver) -> None:
    """A stroke in the Draw dialog leads to the other page, whose slider its chain locks: the loop had the keys."""
    driver.window.setFocus()
    driver.trigger("brush")
    dialog = driver.window.doors.drawing.dialog
    dialog.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is dialog)
    driver.window.focus_slider()
    driver.slider.setEnabled(False)
    driver.slider.setEnabled(True)
    driver.window.activateWindow()
    driver.until(lambda: QApplication.focusWidget() is driver.slider)


def test_a_control_that_was_locked_for_a_moment_has_the_keys_again(driver: Driver) -> None:
    """A sheet was written, and the seed had them."""
    button = driver.generate_button
    button.setFocus()
    button.setEnabled(False)
    assert not button.hasFocus()
    button.setEnabled(True)
    driver.until(button.hasFocus)


def test_of_several_that_are_locked_the_one_that_had_the_keys_has_them_again(driver: Driver) -> None:
    """W and Ctrl+G, and “Surprise me” had them."""
    window, button = QWidget(), QPushButton("run")
    box, several = QVBoxLayout(window), [QPushButton(name) for name in "abcd"]
    for widget in (*several, button):
        box.addWidget(widget)
    keeper = FocusKeeper(window, button)
    window.show()
    window.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is window)
    several[0].setFocus()
    for on in (False, True):
        for widget in several[:3]:
            widget.setEnabled(on)
        driver.until((several[0] if on else button).hasFocus)
    assert keeper._lost is None
    window.close()
    window.deleteLater()


def test_where_a_notices_button_went_behind_another_window_the_one_that_runs_has_the_keys(driver: Driver) -> None:
    """A scene was opened by the button of a notice, and Space changed the way of playing."""
    notices = driver.window.controller.bar
    notices.show_message("refused.", remedy=("Open another…", lambda: None), topic="scene")
    driver.paint()
    [button] = [b for b in notices.findChildren(QPushButton) if b.text() == "Open another…"]
    button.setFocus()
    driver.trigger("brush")
    dialog = driver.window.doors.drawing.dialog
    dialog.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is dialog)
    notices.clear_topic("scene")
    driver.trigger("direction_reverse")
    driver.idle()
    driver.window.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is driver.window)
    driver.until(lambda: QApplication.focusWidget() is driver.generate_button)


def test_a_notice_is_a_part_whose_remedies_come_first(driver: Driver) -> None:
    """Its × had the keys before the button that it is about, and Return lost the scene of the last time."""
    notices, heard = driver.window.controller.bar, []
    for text in ("first", "second"):
        notices.show_message(f"{text}.", remedy=(text, lambda text=text: heard.append(text)), topic="scene")
    driver.paint()
    tab_stops(driver.window.parts.top)[0].setFocus()
    driver.key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    has, walked = QApplication.focusWidget(), tab_stops(notices)
    assert isinstance(has, QPushButton) and has is walked[0]
    assert walked[-1].accessibleName() == "close this message"
    driver.key(Qt.Key.Key_Return)
    assert heard and not any(text == f"{heard[0]}." for text in driver.messages())
    notices.clear_topic("scene")


def test_the_canvas_that_is_wanted_again_has_the_keys(driver: Driver) -> None:
    driver.trigger("brush")
    dialog = driver.window.doors.drawing.dialog
    driver.window.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is driver.window)
    driver.trigger("brush")
    driver.until(lambda: QApplication.activeWindow() is dialog)


def test_while_it_is_presented_the_window_has_them_until_the_slider_is_free(driver: Driver) -> None:
    """A lens's tab had them, and Space did not play."""
    driver.forget()
    driver.trigger("presentation")
    driver.turned()
    assert QApplication.focusWidget() is driver.slider
    driver.trigger("direction_reverse")
    driver.until(lambda: QApplication.focusWidget() is driver.window)
    driver.generate()
    driver.until(lambda: QApplication.focusWidget() is driver.slider)


def test_a_slider_that_was_locked_before_its_window_was_active_has_the_keys_then(driver: Driver) -> None:
    window, slider, other, button = QWidget(), QSlider(), QPushButton("other"), QPushButton("run")
    box = QVBoxLayout(window)
    for widget in (slider, other, button):
        box.addWidget(widget)
    FocusKeeper(window, button)
    slider.setFocus()
    window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    window.show()
    assert QApplication.activeWindow() is not window
    slider.setEnabled(False)
    slider.setEnabled(True)
    window.activateWindow()
    driver.until(lambda: QApplication.activeWindow() is window)
    driver.until(lambda: QApplication.focusWidget() is slider)
    window.close()
    window.deleteLater()


def test_where_the_button_is_locked_too_the_window_has_the_keys_and_no_die(driver: Driver) -> None:
    button = driver.generate_button
    driver.trigger("direction_reverse")
    driver.window.activateWindow()  # another window may have the keys of a display
    button.setFocus()
    driver.until(lambda: QApplication.focusWidget() is button)
    button.setEnabled(False)
    driver.until(lambda: QApplication.focusWidget() is driver.window)
    button.setEnabled(True)


def test_a_control_is_watched_only_while_another_window_has_the_keys(driver: Driver) -> None:
    """All that once had the keys then told each of its events: a slider at every move."""
    seen: list[QObject] = []

    class Watching(FocusKeeper):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            seen.append(watched)
            return super().eventFilter(watched, event)

    window, other, slider, button = QWidget(), QWidget(), QSlider(), QPushButton("run")
    box = QVBoxLayout(window)
    box.addWidget(slider)
    box.addWidget(button)
    keeper = Watching(window, button)
    slider.setFocus()
    for shown in (window, other, window):
        shown.show()
        shown.activateWindow()
        driver.until(lambda shown=shown: QApplication.activeWindow() is shown)
    driver.until(lambda: slider.hasFocus() and keeper._behind is None)
    seen.clear()
    slider.setEnabled(False)
    assert slider not in seen
    for made in (window, other):
        made.close()
        made.deleteLater()
