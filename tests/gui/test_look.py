"""Presentation, themes and their contrast, sizes of the window, and what is remembered."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array, as_rgb, close_windows, open_window
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QPushButton,
    QSpinBox,
    QToolButton,
    QTreeView,
    QWidget,
)

from diffviz.gui import window_parts
from diffviz.gui.icons import icon
from diffviz.scene import Scene

pytestmark = pytest.mark.display

K = Qt.Key
SMALL = (800, 650)  # fits the screen of the offscreen platform, so that nothing is restored smaller


def theme_action(driver: Driver, text: str) -> QAction:
    found = [action for action in driver.window.findChildren(QAction) if action.text() == text]
    assert len(found) == 1, text
    return found[0]


@pytest.fixture
def themed(driver: Driver) -> Iterator[Callable[[str], Driver]]:
    def choose(text: str) -> Driver:
        theme_action(driver, text).trigger()
        driver.paint()
        driver.paint()
        return driver

    yield choose
    theme_action(driver, "Like the desktop").trigger()


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2.1 relative luminance."""
    parts = [v / 255 / 12.92 if v / 255 <= 0.03928 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def behind(screen: np.ndarray, rect: QRect, scale: float) -> tuple[int, int, int]:
    """The most frequent colour of a part of the window."""
    left, top = int(rect.left() * scale), int(rect.top() * scale)
    right, bottom = int((rect.right() + 1) * scale), int((rect.bottom() + 1) * scale)
    red, green, blue = screen[top:bottom, left:right].reshape(-1, 3).astype(np.int32).T
    values, counts = np.unique((red << 16) | (green << 8) | blue, return_counts=True)
    value = int(values[counts.argmax()])
    return value >> 16, value >> 8 & 255, value & 255


def written(widget: QWidget) -> list[tuple[int, int, int]]:
    """The colours that a widget writes in: its own, and those in its rich text."""
    own = widget.palette().color(widget.foregroundRole())
    colours = [(own.red(), own.green(), own.blue())]
    text = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else ""
    inside = [as_rgb(found) for found in re.findall(r"color:\s*(#[0-9a-fA-F]{6})", text)]
    return inside or colours


def low_contrasts(window: QWidget) -> list[str]:
    """What is written in a window with a contrast below 4.5:1."""
    image = window.grab().toImage()
    screen, scale = as_array(image), image.devicePixelRatio()
    poor = []
    kinds = (QLabel, QAbstractButton, QComboBox, QSpinBox)
    for kind in kinds:
        for widget in window.findChildren(kind):
            text = widget.text() if hasattr(widget, "text") else "x"
            rect = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            visible = widget.isVisible() and widget.window() is window and not widget.visibleRegion().isEmpty()
            if not visible or not text or not widget.isEnabled() or widget.height() < 8:
                continue
            ground = behind(screen, rect, scale)
            for colour in written(widget):
                if contrast(colour, ground) < 4.5:
                    poor.append(f"{type(widget).__name__} {widget.objectName()} {text[:30]!r} {colour} on {ground}")
    return poor


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_text_is_readable(theme: str, direction: str, themed: Callable[[str], Driver], tmp_path: Path) -> None:
    driver = themed(theme)
    driver.window.open_picture(tmp_path / "gone.png")
    driver.idle()
    if direction == "reverse":
        driver.generate()
    assert low_contrasts(driver.window) == []


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_the_plot_is_readable(theme: str, themed: Callable[[str], Driver]) -> None:
    driver = themed(theme)
    palette = driver.window.palette_
    image = driver.plot.grab().toImage()
    ground = behind(as_array(image), QRect(0, 0, driver.plot.width(), driver.plot.height()), image.devicePixelRatio())
    assert ground == as_rgb(palette.card)
    for colour in (palette.signal, palette.noise, palette.text, palette.muted):
        assert contrast(as_rgb(colour), ground) >= 4.5


def test_dark_is_dark_and_light_is_light(themed: Callable[[str], Driver]) -> None:
    grounds = {}
    for name in ("Dark", "Light"):
        driver = themed(name)
        image = driver.window.grab().toImage()
        grounds[name] = luminance(behind(as_array(image), driver.window.rect(), image.devicePixelRatio()))
    assert grounds["Dark"] < 0.1 < 0.7 < grounds["Light"]


def test_the_axis_stays_one_line_in_another_theme(themed: Callable[[str], Driver]) -> None:
    for name in ("Dark", "Light"):
        driver = themed(name)
        strip = driver.find("film_strip")
        frame = strip.frames()[len(strip.frames()) // 2]  # type: ignore[attr-defined]
        middle = strip.mapTo(driver.window, strip._rectangle(frame).center().toPoint()).x()  # type: ignore[attr-defined]
        assert abs(middle - driver.plot_x(frame.t)) <= 2


def test_a_link_has_the_colour_of_the_theme_that_is_chosen_later(themed: Callable[[str], Driver]) -> None:
    line = themed("Dark").find("formula_line", QLabel)
    line.setText('<a href="unfold">from the network</a>')
    for theme in ("Light", "Dark"):
        driver = themed(theme)
        pixels = as_array(line.grab().toImage()).reshape(-1, 3)
        assert (pixels == as_rgb(driver.window.palette_.signal)).all(axis=1).sum() > 20, theme


def test_a_check_box_that_is_locked_looks_locked(themed: Callable[[str], Driver]) -> None:
    """Its words were pale and its tick as bright as one that can be clicked."""
    for theme in ("Dark", "Light"):
        driver = themed(theme)
        box, accent = driver.find("schedule_scaled", QCheckBox), driver.window.palette_.accent
        colour = np.array([int(accent[i : i + 2], 16) for i in (1, 3, 5)])
        for schedule, bright in (("linear", True), ("cosine", False)):
            driver.choose("schedule_combo", schedule)
            driver.paint()
            assert box.isEnabled() is bright and box.isChecked()
            shown = np.abs(as_array(box.grab().toImage()).astype(int) - colour).max(axis=2) < 3
            assert bool(shown.sum() > 40) is bright


def test_icons_are_seen_in_both_themes(themed: Callable[[str], Driver]) -> None:
    """Qt's own would be black on dark."""
    for name in ("Dark", "Light"):
        driver = themed(name)
        for action in ("open", "export", "play", "loop"):
            icon = driver.action(action).icon()
            assert not icon.isNull()
            image = icon.pixmap(32, 32).toImage()
            pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
            drawn = [c for c in pixels if c.alpha() > 200]
            assert drawn
            ground = as_rgb(driver.window.palette_.card)
            best = max(contrast((c.red(), c.green(), c.blue()), ground) for c in drawn)
            assert best >= 3.0, (name, action)  # WCAG 1.4.11 for graphics


def test_what_is_chosen_keeps_its_icon_in_another_theme(themed: Callable[[str], Driver]) -> None:
    driver = themed("Dark")
    driver.trigger("loop")
    for name in ("Light", "Dark"):
        palette = themed(name).window.palette_
        assert driver.action("loop").icon().cacheKey() == icon("loop", palette).cacheKey(), name


# -- presentation


def test_presentation_leaves_pictures_plot_and_slider(driver: Driver) -> None:
    size, pictures = driver.window.size(), driver.picture_area("x_t").size()
    text = QApplication.font().pixelSize()
    driver.key(K.Key_F11)
    driver.until(lambda: driver.window.isFullScreen())
    driver.turned()
    try:
        assert driver.action("presentation").isChecked()
        for name in ("model_combo", "schedule_combo", "generate_button", "device_label"):
            assert not driver.find(name).isVisible(), name
        assert not driver.window.menuBar().isVisible()
        for name in ("x_t_panel", "x_0_panel", "eps_panel", "schedule_plot", "t_slider"):
            assert driver.find(name).isVisible(), name
        assert QApplication.font().pixelSize() == max(text, round(driver.window.screen().size().height() / 54))
        driver.until(lambda: abs(driver.plot.height() / driver.window.height() - 0.25) < 0.03)
    finally:
        driver.key(K.Key_F11)
    driver.until(lambda: not driver.window.isFullScreen())
    driver.turned()
    driver.until(lambda: driver.window.size() == size)
    assert QApplication.font().pixelSize() == text
    assert driver.find("model_combo").isVisible() and driver.window.menuBar().isVisible()
    driver.until(lambda: abs(driver.picture_area("x_t").height() - pictures.height()) <= 2)


def test_presentation_is_driven_by_space_and_arrows(driver: Driver) -> None:
    driver.key(K.Key_F11)
    driver.turned()
    try:
        driver.key(K.Key_Right)
        driver.key(K.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        assert driver.slider.value() == 51
        driver.key(K.Key_Home)
        assert driver.slider.value() == 0
        driver.key(K.Key_Space)
        assert driver.action("play").text() == "Pause"
        driver.until(lambda: driver.slider.value() > 0)
        driver.key(K.Key_Space)
        assert driver.action("play").text() == "Play"
    finally:
        driver.key(K.Key_Escape)
    driver.paint()
    assert not driver.action("presentation").isChecked()


def test_presenters_remotes_go_on_and_back_and_blank_the_screen(driver: Driver) -> None:
    curtain = driver.find("curtain")
    driver.key(K.Key_PageDown)
    assert driver.slider.value() == 41
    driver.key(K.Key_B)
    assert not curtain.isVisible()  # only where somebody presents
    driver.key(K.Key_F11)
    driver.turned()
    try:
        driver.key(K.Key_PageUp)
        assert driver.slider.value() == 40
        for key in (K.Key_B, K.Key_Period):
            driver.key(key)
            assert curtain.isVisible() and curtain.geometry() == driver.window.rect()
            driver.key(K.Key_Right)
            assert not curtain.isVisible() and driver.slider.value() == 40
    finally:
        driver.key(K.Key_Escape)
    driver.paint()


def test_a_notice_covers_nothing_that_is_presented(driver: Driver) -> None:
    driver.key(K.Key_F11)
    driver.turned()
    try:
        pages = driver.window.parts.pages
        for text in ("Something is to be said.", "Something is to be said at length. " * 9):
            driver.window.controller.bar.show_message(text, "info")
            driver.paint()
            lies = driver.find("message_bar").geometry()
            leaves = [w for w in pages.findChildren(QWidget) if w.isVisible() and not w.findChildren(QWidget)]
            under = [w for w in leaves if lies.intersects(w.rect().translated(w.mapTo(driver.window, QPoint(0, 0))))]
            assert lies.isValid() and len(leaves) > 9 and under == []
        driver.window.controller.bar.clear()
    finally:
        driver.key(K.Key_Escape)
    driver.paint()


class Dressings(QObject):
    """Counts how often a widget is dressed anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.StyleChange
        return False


def test_a_theme_dresses_a_widget_no_more_than_twice(themed: Callable[[str], Driver]) -> None:
    driver, dressings = themed("Dark"), Dressings()
    button = driver.window.controller.schedule_panel.curves.buttons["snr"]  # many widgets deep
    button.installEventFilter(dressings)
    themed("Light")
    button.removeEventFilter(dressings)
    assert 1 <= dressings.count <= 2


def test_a_theme_chosen_in_the_meantime_survives_presentation(themed: Callable[[str], Driver]) -> None:
    driver = themed("Light")
    driver.trigger("presentation")
    driver.paint()
    driver.trigger("presentation")
    driver.paint()
    assert luminance(as_rgb(driver.window.palette_.background)) > 0.5


# -- sizes


@pytest.mark.parametrize("size", [(1024, 700), (2560, 1440)])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_every_control_fits_the_window(size: tuple[int, int], direction: str, driver: Driver) -> None:
    driver.window.resize(*size)
    for _ in range(4):
        driver.paint()
    if direction == "reverse":
        driver.generate()
    try:
        assert (driver.window.width(), driver.window.height()) == size
        frame = driver.window.rect()
        names = [
            "generate_button",
            "t_slider",
            "t_spin",
            "schedule_plot",
            "x_t_panel",
            "x_0_panel",
            "eps_panel",
            "speed_combo",
        ]
        for name in names:
            widget = driver.find(name)
            rect = QRect(widget.mapTo(driver.window, QPoint(0, 0)), widget.size())
            assert frame.contains(rect), name
            assert widget.visibleRegion().boundingRect().width() >= 0.9 * widget.width(), f"{name} is cut off"
        for label in driver.window.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap() and "<" not in label.text():
                needed = label.fontMetrics().horizontalAdvance(label.text())
                assert label.width() >= needed or label.toolTip(), f"{label.text()!r} is cut off"
    finally:
        driver.window.resize(1440, 860)


# -- what is remembered


def settings_of(path: Path) -> QSettings:
    return QSettings(str(path), QSettings.Format.IniFormat)


def test_layout_and_theme_are_remembered(
    make_driver: Callable[..., Driver], tmp_path: Path, picture_file: Path
) -> None:
    path = tmp_path / "s.ini"
    first = make_driver(settings=settings_of(path))
    theme_action(first, "Light").trigger()
    first.window.resize(*SMALL)
    small = first.window.width(), first.window.height()  # no smaller than the least window of its screen
    first.window.open_picture(picture_file)
    first.idle()
    first.window.splitter.choose(330)
    first.paint()
    sizes = first.window.splitter.sizes()
    first.window.close()
    second = make_driver(settings=settings_of(path))
    assert (second.window.width(), second.window.height()) == small
    assert luminance(as_rgb(second.window.palette_.background)) > 0.5
    assert theme_action(second, "Light").isChecked()
    assert np.abs(np.array(second.window.splitter.sizes()) - np.array(sizes)).max() <= 4
    assert str(picture_file) in second.window.controller.shelf.recent
    second.trigger("reset_view")
    second.paint()
    assert not theme_action(second, "Light").isChecked()
    assert (second.window.width(), second.window.height()) != small


def test_the_hint_does_not_come_back(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    def hint(driver: Driver) -> bool:
        return any(
            "Drag to add noise" in label.text() and label.isVisible() for label in driver.window.findChildren(QLabel)
        )

    path = tmp_path / "s.ini"
    first = make_driver(settings=settings_of(path))
    assert hint(first)
    first.set_t(60)
    first.window.close()
    assert not hint(make_driver(settings=settings_of(path)))


def test_the_hint_stays_until_it_was_followed(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    path = tmp_path / "s.ini"
    make_driver(settings=settings_of(path)).window.close()
    second = make_driver(settings=settings_of(path))
    assert any(
        "Drag to add noise" in label.text() and label.isVisible() for label in second.window.findChildren(QLabel)
    )


@pytest.mark.parametrize(
    "content", ["garbage\x00", "[General]\nversion=999\ntheme=pink\n", "[General]\ngeometry=1\nlower=x\n"]
)
def test_broken_settings_do_no_harm(content: str, make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    path = tmp_path / "s.ini"
    path.write_text(content)
    driver = make_driver(settings=settings_of(path))
    assert driver.shown("x_t").size
    driver.window.close()


# an int, None, a list of ints, a map, bytes, a point, a list in a list, an object that cannot be read
ODD = [
    "@Variant(\\0\\0\\0\\x2\\0\\0\\0\\x5)",
    "@Invalid()",
    "1, 2",
    "@Variant(\\0\\0\\0\\x8\\0\\0\\0\\0)",
    "@ByteArray(x)",
    "@Point(1 2)",
    "@Variant(\\0\\0\\0\\t\\0\\0\\0\\x1\\0\\0\\0\\x2\\0\\0\\0\\x7)",
    "@Variant(\\0\\0\\0\\x7f\\xff\\xff)",
    "x" * 100_000,
]


@pytest.fixture(scope="module")
def keys(qapp: QApplication, tiny_scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a window writes of itself, and more that it may read."""
    path, threads = tmp_path_factory.mktemp("settings") / "s.ini", set(threading.enumerate())
    close_windows([open_window(tiny_scene, settings_of(path))], threads)
    written = {*settings_of(path).allKeys()}
    assert {"theme", "geometry", "lower"} <= written
    return {*written, "training", "recent", "folder"} - {"version"}


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_settings_of_another_kind_count_as_not_there(
    odd: str, keys: set[str], make_driver: Callable[..., Driver], tmp_path: Path
) -> None:
    path = tmp_path / "s.ini"
    path.write_text("[General]\nversion=1\n" + "".join(f"{key}={odd}\n" for key in sorted(keys)))
    driver = make_driver(settings=settings_of(path))
    assert driver.shown("x_t").size
    driver.window.actions_["train"].trigger()
    driver.window.files.open_any(str(tmp_path / "gone.png"))
    driver.window.close()


def test_without_settings_nothing_is_read_or_written(
    make_driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    touched: list[str] = []
    for name in ("value", "setValue", "sync"):
        original = getattr(QSettings, name)
        monkeypatch.setattr(
            QSettings,
            name,
            lambda self, *a, original=original, name=name: (touched.append(name), original(self, *a))[1],
        )
    driver = make_driver()
    theme_action(driver, "Light").trigger()
    driver.window.close()
    assert touched == []


def test_settings_are_not_written_for_presentation(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    path = tmp_path / "s.ini"
    first = make_driver(settings=settings_of(path))
    first.window.resize(*SMALL)
    small = first.window.width(), first.window.height()  # no smaller than the least window of its screen
    first.paint()
    first.window.close()
    second = make_driver(settings=settings_of(path))
    second.trigger("presentation")
    second.paint()
    second.window.close()
    third = make_driver(settings=settings_of(path))
    assert not third.window.isFullScreen()
    assert (third.window.width(), third.window.height()) == small


def test_reset_brings_the_first_layout_back(driver: Driver) -> None:
    driver.set_t(63)
    driver.window.resize(1100, 750)
    driver.find("schedule_plot")
    driver.key(K.Key_1)
    driver.trigger("reset_view")
    for _ in range(3):
        driver.paint()
    assert (driver.window.width(), driver.window.height()) == (1440, 860)
    assert driver.slider.value() == 63  # the work stays
    assert driver.scene.view == type(driver.scene.view)()


# -- about


def test_about_tells_versions_and_copies_them(driver: Driver) -> None:
    driver.trigger("about")
    driver.paint()
    dialog = driver.find("about_dialog", QDialog)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for name in ("diffviz", "Python", "torch", "PySide6", "device", "CPU"):
        assert name in words
    [copy] = [b for b in dialog.findChildren(QPushButton) if "opy" in b.text()]
    copy.click()
    assert "torch" in QApplication.clipboard().text() and "CPU" in QApplication.clipboard().text()
    dialog.close()


@pytest.mark.parametrize("theme", ["Dark", "Light"])
@pytest.mark.parametrize("name", ["export", "about"])
def test_dialogs_are_readable(name: str, theme: str, themed: Callable[[str], Driver]) -> None:
    driver = themed(theme)
    driver.trigger(name)
    driver.paint()
    dialog = driver.find(f"{name}_dialog", QDialog)
    assert low_contrasts(dialog) == []
    dialog.close()


@pytest.mark.parametrize(("screen", "size"), [((1280, 800), (1280, 768)), ((1920, 1080), (1440, 860))])
def test_a_first_window_fits_its_screen_with_its_frame(
    screen: tuple[int, int], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Window:
        def screen(self) -> object:
            return type("Screen", (), {"availableSize": lambda self: QSize(*screen)})()

    monkeypatch.setattr(window_parts.QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    assert window_parts.first_size(Window()) == QSize(*size)  # type: ignore[arg-type]


def test_where_the_platform_has_no_file_dialog_the_list_has_room_for_its_columns(
    driver: Driver, tmp_path: Path
) -> None:
    """The date stood beyond the right edge."""
    (tmp_path / "a.png").touch()
    dialog = QFileDialog(driver.window, "Open", str(tmp_path))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    for name in ("backButton", "forwardButton", "toParentButton"):  # the style's are black in both themes
        ink = as_array(dialog.findChild(QToolButton, name).icon().pixmap(48, 48).toImage()).astype(int)
        muted = np.array(as_rgb(driver.window.palette_.muted))
        assert (np.abs(ink - muted).sum(axis=-1) < 40).sum() > 20, name
    files = dialog.findChild(QTreeView, "treeView")
    driver.until(lambda: files.model().rowCount(files.rootIndex()) == 1)
    assert files.header().length() <= files.viewport().width()
    dialog.close()
    dialog.deleteLater()
