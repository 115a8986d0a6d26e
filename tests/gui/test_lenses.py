"""The lenses of the lower card: chosen by tab and key, at a pixel, in both directions, and taken along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QSlider, QSpinBox, QTableView

from diffviz.diffusion import SCHEDULES
from diffviz.engine.messages import Lensed, LensRequest
from diffviz.gui.panels.lens_card import LensCard
from diffviz.gui.panels.segments import Segments
from diffviz.gui.reception import CHART_MS
from diffviz.lens_catalog import LENSES
from diffviz.palette import DARK
from diffviz.scene import DataSpec, SamplerSpec
from diffviz.scene_file import parsed, to_json

ALT = Qt.KeyboardModifier.AltModifier


def choose(driver: Driver, lens: str) -> None:
    driver.find("lens_tabs", Segments).buttons[lens].click()
    driver.idle()


def sentence(driver: Driver) -> str:
    return driver.words("lens_sentence")


def test_tab_and_key_choose_a_lens_and_undo_takes_it_back(driver: Driver) -> None:
    tabs = driver.find("lens_tabs", Segments).buttons
    assert list(tabs) == list(LENSES)
    for number, name in enumerate(LENSES):
        driver.key(Qt.Key(Qt.Key.Key_1 + number), ALT)
        driver.idle()
        assert driver.scene.view.lens == name and tabs[name].isChecked()
    choose(driver, "posterior")
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.view.lens == list(LENSES)[-1]
    choose(driver, "schedule")
    assert driver.plot.isVisible()


def test_a_chart_is_not_waited_for_when_its_lens_was_left(driver: Driver) -> None:
    """The engine makes none of a picture that is gone: what waits for the window waited for ever."""
    driver.find("lens_tabs", Segments).buttons["posterior"].click()
    assert driver.window.controller.lens.busy
    driver.find("lens_tabs", Segments).buttons["schedule"].click()
    assert not driver.window.controller.lens.busy


@pytest.mark.parametrize("way", ["direction_forward", "direction_reverse"])
def test_the_tabs_stay_under_the_pointer_whatever_height_a_lens_takes(driver: Driver, way: str) -> None:
    driver.trigger(way)
    tabs, places, heights = driver.find("lens_tabs", Segments), set(), set()
    for name, button in tabs.buttons.items():
        if button.isVisible():
            choose(driver, name)
            driver.paint()
            places.add(tabs.mapTo(driver.window, QPoint(0, 0)).toTuple())
            heights.add(driver.window.controller.schedule_panel.height())
    assert len(places) == 1 and len(heights) > (way == "direction_forward") + 1  # words in place of charts want none


def test_numbers_follow_t_and_the_range_is_saved(driver: Driver) -> None:
    choose(driver, "numbers")
    driver.set_t(60)
    chart = driver.window.controller.lens.chart
    assert chart is not None and chart.table is not None and chart.table.marked is not None
    assert chart.table.marked[3] == pytest.approx(SCHEDULES["linear"](T=100).alpha_bar[60])
    driver.set("numbers_step_spin", 20)
    assert parsed(to_json(driver.scene)).scene.view.lens_params == (("numbers.step", 20),)
    chart = driver.window.controller.lens.chart
    assert chart is not None and chart.table is not None
    assert chart.table.values[:, 0].tolist() == [0, 20, 40, 60, 80, 100]


def test_every_number_is_copied_and_saved(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beta = SCHEDULES["linear"](T=100).beta
    for lens in ("schedule", "numbers"):
        choose(driver, lens)
        driver.trigger("copy_numbers")
        lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
        assert lines[0][:2] == ["t", "β"]
        assert {float(line[0]): float(line[1]) for line in lines[2:]}[100.0] == beta[100]
        target = tmp_path / f"{lens}.csv"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, target=target: (str(target), ""))
        driver.trigger("save_numbers")
        assert target.read_text(encoding="utf-8").splitlines()[0].startswith("t,β,α")
    driver.window.controller.bar.clear()


def test_each_lens_is_saved_as_a_figure(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for lens in ("schedule", "numbers", "posterior"):
        choose(driver, lens)
        for suffix in ("png", "svg"):
            target = tmp_path / f"{lens}.{suffix}"
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, target=target: (str(target), ""))
            driver.trigger("save_lens")
            assert target.stat().st_size > 2000, target
    assert "σ over t" not in target.read_text(encoding="utf-8")
    choose(driver, "schedule")
    driver.window.controller.options.view(curves="sigma")
    driver.trigger("save_lens")  # over the last one
    assert "σ over t" in target.read_text(encoding="utf-8")  # the curves that are seen
    assert driver.window.controller.actions["save_lens"] in driver.window.menus.of_lens().actions()
    driver.window.controller.bar.clear()


def test_the_posterior_looks_where_the_cursor_is_and_stays_where_it_was_clicked(driver: Driver) -> None:
    choose(driver, "posterior")
    area = driver.picture_area("x_0")
    middle = sentence(driver)
    target = area.target()  # type: ignore[attr-defined]
    ratio = area.devicePixelRatioF()
    at = (target.x() + target.width() * 0.25) / ratio, (target.y() + target.height() * 0.75) / ratio
    driver.move(area, *at, held=False)
    driver.idle()
    under = sentence(driver)
    assert under != middle
    driver.press(area, *at)
    driver.release(area, *at)
    driver.idle()
    u, v = (float(share) for share in driver.scene.view.pixel.split())
    assert (u, v) == pytest.approx((0.25, 0.75), abs=0.01)
    driver.move(area, at[0] + 20, at[1], held=False)
    driver.idle()
    assert sentence(driver) == under  # it is pinned
    x_0 = driver.window.controller.forward._noised.x_0_values  # type: ignore[union-attr]
    red = x_0[0, int(v * x_0.shape[1]), int(u * x_0.shape[2])]
    shown = f"{abs(red):.3f}" if abs(red) < 1 else "1.00"
    assert shown[:4] in under
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.view.pixel == ""


def test_at_rest_the_posterior_has_the_networks_guess_beside_the_truth(driver: Driver) -> None:
    choose(driver, "posterior")
    driver.find("t_slider", QSlider).setValue(30)
    sent: list[LensRequest] = []
    send = driver.window.controller.engine.send
    driver.window.controller.engine.send = lambda request: (sent.append(request), send(request))[1]  # type: ignore
    driver.find("t_slider", QSlider).setValue(31)
    driver.idle()
    asked = [request.model for request in sent if isinstance(request, LensRequest)]
    assert asked[0] is None and asked[-1] == driver.scene.model  # while t moves it is spared
    chart = driver.window.controller.lens.chart
    assert chart is not None and [each.name for each in chart.plots[2].series][-1] == "p_θ(x_s | x_t)"
    assert "of the picture at" in sentence(driver)  # which the model's are smaller than


def test_remove_noise_shows_the_step_of_the_state_looked_at(driver: Driver) -> None:
    choose(driver, "posterior")
    driver.trigger("direction_reverse")
    driver.idle()
    chart = driver.find("lens_plot")._chart  # type: ignore[attr-defined]
    assert "press Generate" in chart.message
    driver.generate()
    driver.window.controller.chains.go_to(2)
    driver.idle()
    state = driver.window.controller.chains.state
    assert state is not None
    assert f"x_s at s = {state.s:g}".replace("_s", "s") in sentence(driver)
    chart = driver.window.controller.lens.chart
    assert chart is not None and chart.plots[2].series[-1].name == "p_θ(x_s | x_t)"
    back = driver.find("posterior_back_spin", QSpinBox)
    assert back.value() == state.t - state.s
    driver.trigger("last")
    driver.idle()
    assert driver.scene.t == 0 and back.value() == 1, "no step ends here: what is set, not that of the state before"


@pytest.mark.parametrize("lens", ["words", "map"])
def test_what_a_lens_can_never_show_is_said_before_a_chain_is_made_for_it(driver: Driver, lens: str) -> None:
    driver.trigger("direction_reverse")
    driver.window.controller.lens.choose(lens)
    driver.idle()
    before = driver.window.controller.lens.chart
    assert "press Generate" not in before.message and driver.window.controller.chains.state is None
    assert "start" in before.idle or lens == "words"
    driver.generate()
    driver.idle()
    after = driver.window.controller.lens.chart
    assert after.message == before.message and set(after.idle) >= set(before.idle), "no box stands beside it"


def test_of_a_chain_of_points_beside_a_picture_the_spectrum_says_what_leads_on(driver: Driver) -> None:
    """It asked for a picture to be opened, which was open."""
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.generate()
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    driver.window.controller.lens.choose("spectrum")
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.window.controller.session.seen_kind == "line"
    assert "press Generate for one of it" in driver.window.controller.lens.chart.message


def test_a_lens_over_a_whole_sample_says_of_which_of_several_it_is(driver: Driver) -> None:
    controller = driver.window.controller
    controller.store.edit(count=4, direction="reverse")
    driver.generate()
    driver.trigger("lens_spectrum")
    driver.idle()
    first = controller.lens.chart
    assert first.sentence.startswith("The first of 4. ")
    controller.lens.hovered(15, 15)  # what is under the cursor is looked at where a lens is of a pixel
    controller.lens.ask()
    driver.idle()
    assert controller.lens.chart.to_csv() == first.to_csv()
    controller.chains.open_tile = 3
    driver.idle()
    assert "of 4" not in controller.lens.chart.sentence and controller.lens.chart.to_csv() != first.to_csv()


def test_the_cursor_of_a_lens_drags_t(driver: Driver) -> None:
    choose(driver, "posterior")
    plot = driver.find("lens_plot")
    area = plot._drawn[0].area  # type: ignore[attr-defined]
    driver.press(plot, area.left() + 0.7 * area.width(), area.center().y())
    driver.move(plot, area.left() + 0.9 * area.width(), area.center().y())
    driver.release(plot, area.left() + 0.9 * area.width(), area.center().y())
    driver.idle()
    assert driver.scene.t == 90
    driver.trigger("undo")  # one gesture
    assert driver.scene.t == 40


def test_no_sign_above_a_column_of_numbers_is_cut(driver: Driver) -> None:
    choose(driver, "numbers")
    now, others = (driver.find(name, QTableView) for name in ("numbers_now_view", "numbers_view"))
    head = now.horizontalHeader()
    for column in range(head.count()):
        assert now.columnWidth(column) == others.columnWidth(column) >= head.sectionSizeHint(column) > 0

    def ink(sign: str) -> int:
        column = [head.model().headerData(k, Qt.Orientation.Horizontal) for k in range(head.count())].index(sign)
        now.horizontalScrollBar().setValue(head.sectionPosition(column))
        driver.paint()
        place = QRect(head.sectionViewportPosition(column), 0, head.sectionSize(column), head.height() - 2)
        pixels = as_array(head.viewport().grab(place).toImage()).astype(int)
        return int((np.abs(pixels - pixels[0, 0]).sum(axis=2) > 60).any(axis=1).sum())

    for sign in ("β", "β̃", "√(1−ᾱ)"):  # from its tilde to its foot
        assert ink(sign) >= head.fontMetrics().tightBoundingRect(sign).height() > 8


def test_presentation_and_a_low_window_have_room_for_a_lens(driver: Driver) -> None:
    choose(driver, "numbers")
    driver.trigger("presentation")
    driver.idle()
    assert driver.find("lens_tabs").isVisible() and driver.find("numbers_view").height() > 20
    driver.action("presentation").setChecked(False)


def test_the_plots_of_a_lens_have_room_and_the_pictures_get_it_back(driver: Driver) -> None:
    splitter = driver.window.splitter
    driver.window.resize(1280, 800)
    driver.idle()
    before = splitter.sizes()
    choose(driver, "distribution")
    assert driver.find("lens_plot").height() >= 140 and splitter.sizes()[0] >= 330
    choose(driver, "schedule")
    assert splitter.sizes() == before


def test_the_height_is_shared_anew_after_another_lens_was_chosen_in_the_laboratory(driver: Driver) -> None:
    choose(driver, "distribution")
    for name in ("direction_reverse", "laboratory", "lens_schedule"):
        driver.trigger(name)
        driver.idle()
        driver.paint()
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    driver.paint()
    parts = driver.window.parts.splitter
    before = parts.sizes()
    parts.share()
    assert parts.sizes() == before


def test_a_lens_marks_its_pixel_in_all_pictures_of_a_chain_beside_open_points(driver: Driver) -> None:
    """It was marked in x_t alone, as over points."""
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.trigger("lens_posterior")
    driver.idle()
    assert driver.window.controller.session.seen_kind == "picture" and driver.scene.data.kind == "points"
    assert [card.view._cross for card in driver.window.controller.view.jump.cards] == 3 * [(0.5, 0.5)]


def test_names_of_a_lens_s_boxes_keep_their_distance_while_presenting(qapp: QApplication) -> None:
    """They touched the boxes on a large screen."""
    card, gaps = LensCard(), []
    for scale, lens in ((1.0, "posterior"), (3.0, "posterior"), (3.0, "numbers")):
        card.set_look(DARK, scale)
        card.show_lens(lens, (), 1000)
        row = card._rows[lens].layout()
        gaps.append(row.spacing())
    assert gaps == [5, 15, 15]
    for part in (card, card.controls, card.sentence):
        part.deleteLater()


@pytest.mark.parametrize("lens", ["numbers", "posterior"])
def test_a_lens_is_of_the_state_that_is_shown_while_the_chain_runs(
    driver: Driver, lens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said "At t = 64" beside t = 32."""
    driver.trigger("direction_reverse")
    controller = driver.window.controller
    controller.store.edit(sampler=SamplerSpec("ddim", 24), view=replace(driver.scene.view, lens=lens, pace="30"))
    driver.idle()
    reception, chains, made, seen = controller.reception, controller.chains, [-1], []
    receive, done = controller.lens.receive, reception._done

    def lensed(event: Lensed) -> None:
        receive(event)
        made.append(event.request.recorded.state.i)

    def handled() -> None:
        done()
        if chains.states and made[-1] >= 0 and chains.state.t > 0:
            seen.append((made[-1], chains.state.i))

    monkeypatch.setattr(controller.lens, "receive", lensed)
    monkeypatch.setattr(reception, "_done", handled)
    reception._patience.setInterval(20_000)  # of a busy machine
    driver.generate()
    reception._patience.setInterval(CHART_MS)
    pairs = sorted(set(seen))
    assert len(pairs) > 9 and [pair for pair in pairs if pair[0] != pair[1]] == []
    assert [state.i for state in chains.states] == list(range(25)) and made[-1] == 24


def test_states_wait_for_a_chart_that_does_not_come_only_so_long(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.trigger("direction_reverse")
    controller = driver.window.controller
    controller.store.edit(view=replace(driver.scene.view, lens="numbers", pace="step"))
    monkeypatch.setattr(controller.lens, "ask_ahead", lambda states: 10**9)
    driver.trigger("generate")
    driver.until(lambda: len(controller.chains.states) == 1)
    driver.key(Qt.Key.Key_Right)
    driver.until(lambda: len(controller.chains.states) == 2)
    driver.trigger("cancel")
    driver.idle()
