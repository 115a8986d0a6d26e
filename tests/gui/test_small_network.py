"""A small network is trained on the points that are open, watched beside the exact answer, and loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array
from PySide6.QtWidgets import QComboBox, QFileDialog

from diffviz.engine.messages import JobDone
from diffviz.files import models_dir
from diffviz.gui.panels.small_dialog import SmallDialog, learning_chart
from diffviz.palette import DARK
from diffviz.scene import DataSpec, Scene, ScheduleSpec
from diffviz.train.small_state import begun


def trained(driver: Driver) -> SmallDialog:
    """The dialog, after a second of training on the points that are open."""
    driver.trigger("train")
    dialog: SmallDialog = driver.window.doors.small.dialog
    dialog.seconds.setValue(1)
    dialog.start.click()
    driver.idle()
    return dialog


def test_it_is_trained_stopped_gone_on_with_saved_and_seen(
    own_models: None,
    make_driver: Callable[..., Driver],
    tiny_scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:eight_gaussians")))
    driver.trigger("direction_reverse")
    models = driver.find("model_combo", QComboBox)
    assert models.itemText(models.count() - 1) == driver.action("train").text() == "Train a small network…"
    assert driver.action("train").iconText() == "Train a small network…", "F1 tells that"
    driver.trigger("train")
    dialog: SmallDialog = driver.window.doors.small.dialog
    assert dialog.isVisible() and not dialog.go_on.isEnabled()
    dialog.prediction.setCurrentIndex(dialog.prediction.findData("flow"))
    dialog.seconds.setValue(600)
    dialog.start.click()
    layers = driver.window.controller.plane._layers
    driver.until(lambda: layers[1].drawn is not None and layers[1].drawn.error is not None)
    assert dialog.start.text() == "Stop" and "exact answer's" in dialog.sentence.text()
    assert layers[0].drawn.error is None and layers[1].drawn.words.startswith("network, error")
    paper = as_array(driver.picture_area("x_0").grab().toImage())
    assert paper[paper.shape[0] // 2, paper.shape[1] // 2].max() > 150, "where there is no x̂_0 yet it has a paper"
    dialog.start.click()
    driver.idle()
    assert Path(driver.scene.model.name).name == "eight gaussians flow" and dialog.go_on.isEnabled()
    assert driver.find("model_combo", QComboBox).currentText() == "eight gaussians flow"
    assert layers[1].drawn.error is not None, "of the model that is loaded"
    dialog.seconds.setValue(1)
    dialog.go_on.click()
    driver.idle()
    driver.window.doors.folder.note(tmp_path / "before" / "a.png")
    asked: list[str] = []

    def named(*given: str) -> tuple[str, str]:
        asked.append(given[2])
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", named)
    dialog.save.click()
    assert asked == [str(tmp_path / "before" / "eight gaussians flow")], "where the last file was"
    assert (tmp_path / "mine" / "unet" / "config.json").is_file() and "is written" in dialog.sentence.text()
    dialog.save.click()
    assert "is there already" in dialog.sentence.text()


def test_its_chart_has_both_floors() -> None:
    at = np.arange(1, 5)
    chart = learning_chart([(0, 1.0), (10, 0.5)], 0.4, (at, at / 4, at / 8))
    steps, levels = chart.plots
    assert [each.name for each in steps.series] == ["floor", "network"] and steps.series[0].y.tolist() == [0.4, 0.4]
    assert levels.series[0].y.tolist() == (at / 8).tolist() and levels.x.high == 4


@pytest.mark.usefixtures("qapp")
def test_both_axes_say_what_they_count() -> None:
    """ "t" was left off, as over the slider, which is not there."""
    dialog = SmallDialog(None)  # type: ignore[arg-type]
    dialog.set_look(DARK)
    dialog.resize(640, 380)
    at = np.arange(1, 5)
    dialog.show_course("", learning_chart([(0, 0.9)], 0.6, (at, at / 4, at / 8)))
    dialog.plot.grab()
    assert {"step", "t"} <= set(dialog.plot._words._known)
    dialog.deleteLater()


@pytest.mark.usefixtures("qapp")
def test_one_look_alone_is_painted() -> None:
    """A curve of one point has no stretch to draw."""
    dialog = SmallDialog(None)  # type: ignore[arg-type]
    dialog.set_look(DARK)
    at = np.arange(1, 5)
    dialog.show_course("", learning_chart([(0, 0.9)], 0.6, (at, at / 4, at / 8)))
    picture = as_array(dialog.plot.grab().toImage())
    assert len(np.unique(picture.reshape(-1, picture.shape[-1]), axis=0)) > 3
    dialog.deleteLater()


def test_of_pictures_the_other_panel_comes(driver: Driver) -> None:
    assert driver.action("train").text() == driver.action("train").iconText() == "Train on my pictures…"
    driver.trigger("train")
    assert driver.window.training.dialog.isVisible()
    driver.window.training.dialog.close()


def test_with_other_points_open_it_speaks_of_these_and_goes_on_with_none(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("line", "builtin:two_deltas")))
    driver.trigger("train")
    dialog: SmallDialog = driver.window.doors.small.dialog
    assert "the lens Map" in dialog.sentence.text()
    dialog.seconds.setValue(1)
    dialog.start.click()
    driver.idle()
    assert dialog.go_on.isEnabled() and dialog.plot.accessibleName()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert not dialog.go_on.isEnabled() and not dialog.plot.accessibleName()
    assert dialog.start.isEnabled() and "exact field" in dialog.sentence.text()
    dialog.seconds.setValue(600)
    dialog.start.click()
    driver.until(lambda: "exact answer's" in dialog.sentence.text())
    assert driver.words("progress_label") == "training a network…", "its dialog may be closed"
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    assert driver.scene.data.kind == "line" and driver.window.controller.models.state.kind == "line"
    listed = dict(driver.window.controller.models.items())
    assert set(listed) == {"exact · two deltas", "two deltas eps"}, "the network of a plane's points is not among them"
    assert not driver.window.controller.jobs.running and "the lens Map" in dialog.sentence.text()
    assert "learnt of rings is kept" in dialog.sentence.text()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert driver.scene.data.kind == "points" and dialog.go_on.isEnabled()
    assert "exact answer's" in dialog.sentence.text() and dialog.plot.accessibleName(), "what it had learnt is seen"
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert not any(name.endswith("eps") for name, _ in driver.window.controller.models.items())
    driver.window.training.show()
    starts = driver.window.training.dialog.form.start
    assert not any("eps" in starts.itemText(k) for k in range(starts.count())), "nor is there a start for pictures"
    driver.window.training.dialog.close()


def test_a_training_that_is_refused_leaves_the_one_before(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    """Its curve went, and "Go on" and "Save as…" were of a folder that nobody had written."""
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    dialog, jobs = trained(driver), driver.window.controller.jobs
    other = jobs.begin("export", lambda *_: None)
    dialog.prediction.setCurrentIndex(dialog.prediction.findData("flow"))
    for button in (dialog.start, dialog.go_on):
        dialog.show_words("")
        button.click()
        assert "Something else is running" in dialog.sentence.text()
    jobs.done(JobDone(other))
    assert dialog.plot.accessibleName() and "exact answer's" in dialog.sentence.text(), "nothing runs any more"
    dialog.go_on.click()
    driver.idle()
    assert driver.messages() == [] and Path(driver.scene.model.name).name == "rings eps"


def test_it_speaks_of_the_network_that_is_chosen_and_goes_on_with_that(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    """A second training took "Go on", "Save as…" and the chart from the first, for good."""
    driver = make_driver(tiny_scene.replace(data=DataSpec("line", "builtin:two_deltas"), direction="reverse"))
    driver.trigger("train")
    dialog: SmallDialog = driver.window.doors.small.dialog
    dialog.seconds.setValue(1)
    said = []
    for _ in range(2):
        dialog.start.click()
        driver.idle()
        said.append(dialog.sentence.text())
    first, second = (str(models_dir() / f"two deltas eps{tail}") for tail in ("", " 2"))
    assert driver.scene.model.name == second and said[0] != said[1]
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.model.name == first and dialog.sentence.text() == said[0]
    before = begun(Path(first)).step, begun(Path(second)).step
    driver.generate()
    dialog.go_on.click()
    driver.idle()
    assert begun(Path(first)).step > before[0] and begun(Path(second)).step == before[1]
    assert driver.scene.model.name == first
    names = driver.window.controller.side._changes._rows
    assert names["model.name"].changed, "the chain shown is of the network before"
    assert not driver.find("take_settings_button").isVisible(), "which is no more"
    assert not driver.action("go_on").isEnabled() and "has learnt on" in driver.action("go_on").toolTip()
    driver.generate()
    assert not names["model.name"].changed and driver.action("go_on").isEnabled()


def test_of_other_points_it_says_why_it_cannot_go_on(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("line", "builtin:two_deltas")))
    dialog = trained(driver)
    folder = driver.scene.model.name
    driver.window.controller.pictures.open(DataSpec("line", "builtin:uniform"))
    driver.idle()
    assert not dialog.go_on.isEnabled() and not dialog.save.isEnabled()
    assert dialog.go_on.toolTip() == "Train a network first" and not dialog.plot.accessibleName()
    driver.window.controller.models.choose(folder)
    driver.idle()
    assert dialog.save.isEnabled() and dialog.plot.accessibleName()
    assert not dialog.go_on.isEnabled() and dialog.go_on.toolTip() == "It learnt other points than those open"
    assert dialog.sentence.text().startswith("It learnt other points")


def test_one_of_an_earlier_window_is_gone_on_with(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("line", "builtin:two_deltas")))
    trained(driver)
    folder = driver.scene.model.name
    other = make_driver(driver.scene)
    other.trigger("train")
    dialog = other.window.doors.small.dialog
    assert "trains it longer" in dialog.sentence.text() and dialog.save.isEnabled()
    dialog.seconds.setValue(1)
    before = begun(Path(folder)).step
    dialog.go_on.click()
    other.idle()
    assert begun(Path(folder)).step > before and "exact answer's" in dialog.sentence.text()


def test_the_formula_of_a_networks_schedule_has_its_zero_snr(
    own_models: None, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    zero = ScheduleSpec("linear", 100, zero_snr=True)
    driver = make_driver(tiny_scene.replace(data=DataSpec("line", "builtin:two_deltas"), schedule=zero))
    name = driver.window.controller.schedule_panel.name
    forward = name.text()
    assert "linear, zero SNR" in forward and "moved to 0 at T" in forward
    dialog = trained(driver)
    assert "says nothing of x<sub>0</sub> at t = T" in dialog.sentence.text(), "what could make no chain is not begun"
    dialog.prediction.setCurrentIndex(dialog.prediction.findData("v"))
    dialog.start.click()
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    assert name.text() == forward and driver.scene.model.name.endswith("two deltas v")


@pytest.mark.parametrize("wide", [True, False])
def test_the_dialog_stands_off_what_it_speaks_of(wide: bool, driver: Driver) -> None:
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    dialog, area = driver.window.doors.small.dialog, driver.picture_area("x_0")
    screen = driver.window.screen().availableGeometry()
    dialog.resize(screen.width() - 60 if wide else 300, 300)
    driver.trigger("train")
    corner = area.mapToGlobal(area.rect().bottomRight())
    if not wide and screen.right() - dialog.width() > corner.x():
        assert dialog.x() > corner.x(), "beside x_0, over which its field is"
    else:
        assert dialog.y() >= min(corner.y(), screen.bottom() - dialog.height()), "or below it"
