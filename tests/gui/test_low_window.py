"""The smallest window: what is asked for has its height, and its words and numbers are whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from gui_driver import Driver
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QComboBox, QStyleOptionComboBox

from diffviz.gui.window_parts import least_size
from diffviz.lens_catalog import LENSES
from diffviz.scene import DataSpec, SamplerSpec, ScheduleSpec


@pytest.mark.parametrize(("screen", "least"), [((960, 540), (960, 508)), ((1920, 1080), (1024, 640))])
def test_the_least_window_fits_its_screen_with_its_frame(screen: tuple[int, int], least: tuple[int, int]) -> None:
    class Window:
        def screen(self) -> object:
            return type("Screen", (), {"availableSize": lambda self: QSize(*screen)})()

    assert least_size(Window()) == QSize(*least)  # type: ignore[arg-type]


def test_the_parts_ask_for_no_more_height_than_that(driver: Driver) -> None:
    assert driver.window.minimumSizeHint().height() <= 508


@pytest.fixture
def low(driver: Driver) -> Iterator[Driver]:
    size = driver.window.size()
    driver.window.resize(1024, 640)
    driver.idle()
    yield driver
    driver.window.resize(size)
    driver.paint()


def show(driver: Driver, **view: object) -> None:
    driver.window.controller.store.edit(view=replace(driver.scene.view, **view))
    driver.idle()
    driver.paint()
    driver.idle()


@pytest.mark.parametrize("lens", [name for name in LENSES if name != "schedule"])
def test_a_lens_has_its_words_whole(low: Driver, lens: str) -> None:
    show(low, lens=lens)
    panel = low.window.controller.schedule_panel
    for name, button in panel.tabs.buttons.items():
        assert button.width() >= button.sizeHint().width(), name
    for part in panel.lens.controls, panel.lens.sentence:
        assert panel.rect().contains(part.mapTo(panel, part.rect().bottomRight()))
    sentence = panel.lens.sentence
    assert sentence.heightForWidth(sentence.width()) <= sentence.height(), sentence.text()
    assert not panel.strip.isVisible()
    show(low, lens="schedule")
    assert panel.strip.isVisible()


def test_the_longest_sentence_beside_controls_is_whole(low: Driver) -> None:
    low.window.controller.store.edit(direction="reverse", sampler=SamplerSpec("ddim", 4))
    show(low, lens="numbers")
    low.generate()
    low.window.controller.walk.step(-2)
    show(low)
    sentence = low.window.controller.schedule_panel.lens.sentence
    assert "are of the step" in sentence.text()
    assert sentence.heightForWidth(sentence.width()) <= sentence.height()


def test_a_second_row_has_the_height_of_the_strip(low: Driver) -> None:
    show(low, second="step")
    view, strip = low.window.controller.view, low.window.controller.schedule_panel.strip
    assert not strip.isVisible() and view.device_size[0] >= 110  # it was 93
    low.window.resize(1440, 860)
    low.paint()
    assert strip.isVisible()


def test_one_large_picture_of_a_grid_is_larger(low: Driver) -> None:
    low.window.controller.store.edit(direction="reverse", count=16)
    show(low)
    low.generate()
    view = low.window.controller.view
    sizes = {}
    for name in ("", "x_0"):
        show(low, large=name)
        sizes[name] = view.x_0.view.width(), view.x_0.view.height()
    assert min(sizes["x_0"]) > 1.5 * min(sizes[""]), sizes


@pytest.mark.parametrize("t", [0, 40, 85, 89, 93, 97, 100])
def test_curves_names_and_numbers_lie_on_nothing(low: Driver, t: int) -> None:
    low.window.controller.store.edit(t=t, schedule=ScheduleSpec("linear", 100))
    low.idle()
    plot = low.window.controller.schedule_panel.plot
    area, cursor = plot.area, plot.t_cursor
    assert area.height() < 60 and cursor.near
    ticks = [tick for tick, _ in plot.labels("left")]
    assert {0.0, 1.0} <= set(ticks) and min(ticks) == 0 and max(ticks) == 1
    boxes = [*cursor.boxes]
    assert len(boxes) == 2 and not boxes[0].intersects(boxes[1])
    names = [cursor.box_of(name, plot._pixel) for name in cursor.names]
    assert len(names) == 2 and not names[0].intersects(names[1])
    for box in names:
        assert (
            area.contains(box)
            and not any(box.intersects(other) for other in boxes)
            and not plot._meets(box, plot._curves)
        )


def test_where_a_low_plot_has_no_room_for_both_names_one_is_left_out(low: Driver) -> None:
    plot = low.window.controller.schedule_panel.plot
    for t in range(0, 101, 4):
        low.window.controller.store.edit(t=t, schedule=ScheduleSpec("linear", 100))
        low.paint()
        cursor = plot.t_cursor
        boxes = [*cursor.boxes]
        boxes += [cursor.box_of(name, plot._pixel) for name in cursor.names]
        assert 3 <= len(boxes) <= 4
        assert not any(a.intersects(b) for a, b in combinations(boxes, 2)), t


def test_the_line_of_two_low_rows_is_whole_or_not_there(driver: Driver) -> None:
    window, least = driver.window, driver.window.minimumSize()
    window.controller.options.view(second="step")
    window.setMinimumSize(960, 400)
    line = driver.find("formula_line")
    for height in (440, 508, 640, 860):
        window.resize(960, height)
        driver.idle()
        assert not line.isVisible() or line.parentWidget().rect().contains(line.geometry()), height
    assert line.isVisible()
    window.setMinimumSize(least)
    window.resize(1440, 860)
    driver.idle()


def test_the_name_of_a_pinned_schedule_lies_on_nothing_in_a_low_plot(low: Driver) -> None:
    linear = ScheduleSpec("linear", 100)
    plot = low.window.controller.schedule_panel.plot
    for t in range(0, 101, 10):
        low.window.controller.store.edit(t=t, schedule=ScheduleSpec("cosine", 100), pinned=(linear,))
        low.paint()
        boxes = [(name, plot.t_cursor.box_of(name, plot._pixel)) for name in plot.t_cursor.names]
        assert not any(a.intersects(b) for (_, a), (_, b) in combinations(boxes, 2)), t
        (pinned,) = (box for name, box in boxes if "pinned" in name.text)
        assert not plot._meets(pinned, plot._curves), t


@pytest.mark.parametrize("lens", ["distribution", "posterior", "chain", "spectrum"])
def test_plots_of_a_lens_are_high_enough_to_be_read(low: Driver, lens: str) -> None:
    show(low, lens=lens)
    plot = low.window.controller.schedule_panel.lens.plot
    for drawn in plot._drawn:
        assert drawn.area.height() >= 60, drawn.plot.title
        assert not drawn.plot.named or plot._lane(drawn.plot, drawn.rect.height(), drawn.lines)


def test_words_in_the_place_of_a_chart_take_no_height_from_the_pictures(low: Driver) -> None:
    low.window.controller.store.edit(direction="reverse")
    show(low, lens="schedule")
    low.generate()
    height = low.window.controller.view.height()
    show(low, lens="map")
    assert low.window.controller.schedule_panel.lens.plot.wordy
    assert low.window.controller.view.height() >= height - 20


def test_the_names_of_samplers_are_whole_in_their_list(low: Driver) -> None:
    low.window.controller.store.edit(direction="reverse")
    combo, option = low.find("sampler_combo", QComboBox), QStyleOptionComboBox()
    low.paint()
    combo._painting = True  # type: ignore[attr-defined]
    for i in range(combo.count()):
        combo.setCurrentIndex(i)
        combo.initStyleOption(option)
        assert option.currentText == combo.itemText(i)  # type: ignore[attr-defined]
    combo._painting = False  # type: ignore[attr-defined]


def test_the_names_of_lenses_stay_whole_beside_the_longer_words_that_points_have_for_a_setting(low: Driver) -> None:
    show(low, lens="posterior")
    low.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    low.idle()
    low.paint()
    tabs = low.window.controller.schedule_panel.tabs
    assert all(each.width() >= each.sizeHint().width() for each in tabs.buttons.values() if each.isVisible())
    low.trigger("undo")
    low.idle()
    show(low, lens="schedule")


def test_a_page_is_laid_out_as_it_would_be_with_everything_drawn_anew(low: Driver) -> None:
    """Back in Add noise no number stood beside t, and with the keys Generate was higher, until something else moved."""

    def places() -> list[object]:
        low.idle()
        low.paint()
        parts = low.find("schedule_readout"), low.find("t_spin"), low.generate_button, low.find("denoise_button")
        return [(part.mapTo(low.window, part.rect().topLeft()), part.size()) for part in parts]

    for page in ("direction_reverse", "direction_forward"):
        low.trigger(page)
        low.generate_button.setFocus()
        before, theme = places(), low.window.preferences.theme
        for each in ("light", theme):
            low.window.set_theme(each)
        assert places() == before
