"""A scene file keeps what is set and what made the chain, and the picture or the way to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QPushButton, QToolButton

from diffviz import catalog
from diffviz.assets import asset
from diffviz.gui import scene_files
from diffviz.gui.panels.changes import RowName
from diffviz.images import load_picture, picture_hash
from diffviz.scene import DataSpec, SamplerSpec
from diffviz.scene_file import read_scene

MakeDriver = Callable[..., Driver]


def said(driver: Driver) -> str:
    return " ".join(text for text in driver.messages() if "ᾱ at t = T" not in text)


def opened(make_driver: MakeDriver, path: Path) -> Driver:
    """The scene in a window that knows nothing of it."""
    other = make_driver()
    other.window.doors.scenes.open(str(path))
    other.idle()
    return other


def remedy(driver: Driver, text: str) -> None:
    next(b for b in driver.message_buttons() if isinstance(b, QPushButton) and b.text() == text).click()
    driver.idle()


def save(driver: Driver, path: Path, include: bool = True) -> dict[str, object]:
    driver.window.doors.scenes.write(str(path), include)
    return json.loads(path.read_text())


# -- the chain


def test_the_same_pixels_after_generate_in_a_fresh_window(ran: Driver, tmp_path: Path, make_driver: MakeDriver) -> None:
    save(ran, tmp_path / "a.json")
    other = opened(make_driver, tmp_path / "a.json")
    assert said(other) == ""
    other.generate()
    assert np.array_equal(other.shown("x_t"), ran.shown("x_t"))


def test_both_settings_are_saved_and_it_is_said_which_one_runs(
    ran: Driver, tmp_path: Path, make_driver: MakeDriver
) -> None:
    ran.window.controller.store.edit(seed=9)
    value = save(ran, tmp_path / "a.json")
    assert value["seed"] == 9 and value["made"]["seed"] == 0  # type: ignore[index]
    assert value["made"]["model"]["class_label"] == "ring"  # type: ignore[index]
    other = opened(make_driver, tmp_path / "a.json")
    assert other.scene.seed == 9
    model = catalog.model_name(ran.scene.model.name)  # whose it is, and which the button loads
    assert f"was made with {model} · ring · DDIM 5 · seed 0; Generate runs what is set now" in said(other)
    remedy(other, "The chain's settings")
    assert other.scene.seed == 0 and said(other) == ""
    other.generate()
    assert np.array_equal(other.shown("x_t"), ran.shown("x_t"))
    other.trigger("undo")
    other.idle()
    assert other.scene.seed == 9


def test_the_notice_goes_when_the_other_settings_have_run(ran: Driver, tmp_path: Path, make_driver: MakeDriver) -> None:
    ran.window.controller.store.edit(seed=9)
    save(ran, tmp_path / "a.json")
    other = opened(make_driver, tmp_path / "a.json")
    other.generate()
    assert said(other) == "" and other.window.controller.chains.run.scene.seed == 9


def test_a_branch_says_how_it_is_run_again(ran: Driver, tmp_path: Path, make_driver: MakeDriver) -> None:
    ran.window.controller.store.edit(sampler=SamplerSpec("ddpm", 5))
    ran.trigger("go_on")
    ran.idle()
    save(ran, tmp_path / "a.json")
    other = opened(make_driver, tmp_path / "a.json")
    assert "DDIM → 60" in said(other)
    remedy(other, "Run the history again")
    assert np.array_equal(other.shown("x_t"), ran.shown("x_t")) and said(other) == ""


@pytest.mark.parametrize("way", ["branch", "from a picture"])
def test_a_history_runs_again_with_what_made_the_chain_alone(
    way: str, ran: Driver, tmp_path: Path, make_driver: MakeDriver
) -> None:
    """With another seed, or by another network, it ran another chain than the one that was said to come again."""
    if way == "branch":
        ran.window.controller.store.edit(sampler=SamplerSpec("ddpm", 5))
        ran.trigger("go_on")
    else:
        ran.trigger("direction_forward")
        ran.set_t(60)
        ran.trigger("denoise")
    ran.idle()
    save(ran, tmp_path / "a.json")
    other = opened(make_driver, tmp_path / "a.json")
    back = other.find("take_settings_button", QToolButton)
    assert "Run the history again" in [b.text() for b in other.message_buttons()] and not back.isVisible()
    other.trigger("new_noise")
    other.idle()
    assert said(other) == "" and not other.action("repeat").isEnabled()
    assert "take the chain's back first" in other.action("repeat").toolTip()
    assert back.isVisible() and "seed" in [row.name for row in other.window.findChildren(RowName) if row.changed]
    other.window.controller.store.edit(model=replace(other.scene.model, class_label=None))
    back.click()
    other.idle()
    assert not back.isVisible() and other.scene.seed == ran.scene.seed
    other.trigger("repeat")
    other.idle()
    assert np.array_equal(other.shown("x_t"), ran.shown("x_t"))
    other.trigger("undo")
    other.trigger("undo")
    other.idle()
    assert back.isVisible(), "another chain than what is set would come again"


def test_what_made_it_is_kept_though_the_chain_was_not_run_again(
    ran: Driver, tmp_path: Path, make_driver: MakeDriver
) -> None:
    ran.window.controller.store.edit(seed=9)
    value = save(ran, tmp_path / "a.json")
    value["made"]["weather"] = "rain"  # type: ignore[index]
    (tmp_path / "a.json").write_text(json.dumps(value))
    other = opened(make_driver, tmp_path / "a.json")
    again = save(other, tmp_path / "b.json")
    assert again["made"]["seed"] == 0 and again["made"]["weather"] == "rain"  # type: ignore[index]
    other.generate()
    again = save(other, tmp_path / "b.json")
    assert again["made"]["seed"] == 9 and again["made"]["weather"] == "rain"  # type: ignore[index]


def test_what_made_it_is_not_said_of_another_model(ran: Driver, tmp_path: Path, make_driver: MakeDriver) -> None:
    assert "made" in save(ran, tmp_path / "a.json")
    other = opened(make_driver, tmp_path / "a.json")
    other.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    other.idle()
    other.trigger("direction_reverse")
    other.idle()
    assert "made" not in save(other, tmp_path / "b.json")


def test_beside_futures_the_chain_that_they_part_from_is_kept(ran: Driver, tmp_path: Path) -> None:
    made = save(ran, tmp_path / "a.json")["made"]
    ran.window.controller.chains.go_to(2)
    ran.trigger("futures")
    ran.idle(60)
    assert ran.window.controller.chains.run.fan and save(ran, tmp_path / "b.json")["made"] == made


# -- the picture


@pytest.fixture
def with_picture(driver: Driver, picture_file: Path) -> Driver:
    driver.window.open_picture(picture_file)
    driver.idle()
    return driver


def test_a_file_of_the_disk_is_found_beside_the_scene_wherever_both_go(
    with_picture: Driver, tmp_path: Path, picture_file: Path, make_driver: MakeDriver
) -> None:
    (tmp_path / "scenes").mkdir()
    value = save(with_picture, tmp_path / "scenes" / "a.json", include=False)
    assert value["data"]["source"] == "path:../bunt.png" and "picture" not in value  # type: ignore[index]
    assert value["data"]["sha256"] == picture_hash(with_picture.shown("x_0"))  # type: ignore[index]
    moved = tmp_path / "elsewhere" / "scenes"
    shutil.copytree(tmp_path / "scenes", moved)
    picture_file.rename(moved.parent / "bunt.png")
    other = opened(make_driver, moved / "a.json")
    assert other.scene.data.source == f"path:{moved.parent / 'bunt.png'}" and said(other) == ""
    assert np.array_equal(other.shown("x_0"), with_picture.shown("x_0"))


def change(path: Path) -> None:
    Image.fromarray(np.zeros((12, 20, 3), np.uint8)).save(path)


@pytest.mark.parametrize("fault, words", [("gone", "is gone"), ("changed", "has changed")])
def test_the_copy_in_the_scene_takes_its_place(
    fault: str, words: str, with_picture: Driver, tmp_path: Path, picture_file: Path, make_driver: MakeDriver
) -> None:
    save(with_picture, tmp_path / "a.json")
    picture_file.unlink() if fault == "gone" else change(picture_file)
    other = opened(make_driver, tmp_path / "a.json")
    assert f"bunt.png {words}; the copy in a.json is shown." in said(other)
    assert np.array_equal(other.shown("x_0"), with_picture.shown("x_0"))
    assert other.scene.data.source == "sha256:" + picture_hash(with_picture.shown("x_0"))


def test_without_a_copy_a_changed_picture_is_said(
    with_picture: Driver, tmp_path: Path, picture_file: Path, make_driver: MakeDriver
) -> None:
    save(with_picture, tmp_path / "a.json", include=False)
    change(picture_file)
    other = opened(make_driver, tmp_path / "a.json")
    assert "bunt.png has changed since a.json was saved; it is shown as it is now." in said(other)
    assert not other.shown("x_0").any()


def test_without_a_copy_a_picture_that_is_gone_is_said(
    with_picture: Driver, tmp_path: Path, picture_file: Path, make_driver: MakeDriver
) -> None:
    save(with_picture, tmp_path / "a.json", include=False)
    picture_file.unlink()
    other = opened(make_driver, tmp_path / "a.json")
    assert "bunt.png" in said(other) and "bunt.png" not in other.scene.data.source


def test_a_hash_that_its_copy_has_not(
    with_picture: Driver, tmp_path: Path, picture_file: Path, make_driver: MakeDriver
) -> None:
    value = save(with_picture, tmp_path / "a.json")
    value["data"]["sha256"] = 64 * "0"  # type: ignore[index]
    (tmp_path / "a.json").write_text(json.dumps(value))
    other = opened(make_driver, tmp_path / "a.json")
    assert other.shown("x_0").size and said(other)  # a picture is shown, and something is said


# -- the choice in the dialog


def offered(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path, chosen: str | None = None) -> list[str]:
    kinds: list[str] = []

    def ask(parent: object, title: str, start: str, filters: str) -> tuple[str, str]:
        kinds.extend(filters.split(";;"))
        return str(path), chosen or kinds[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(ask))
    driver.trigger("save_scene")
    return kinds


def test_a_small_picture_is_included_unless_the_person_chooses_otherwise(
    with_picture: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = offered(with_picture, monkeypatch, tmp_path / "a")
    assert kinds == [scene_files.WITH, scene_files.WITHOUT]
    assert read_scene(tmp_path / "a.json").picture is not None
    offered(with_picture, monkeypatch, tmp_path / "b", scene_files.WITHOUT)
    assert read_scene(tmp_path / "b.json").picture is None


def test_a_large_one_is_not(with_picture: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_files, "SMALL_BYTES", 10)
    assert offered(with_picture, monkeypatch, tmp_path / "a") == [scene_files.WITHOUT, scene_files.WITH]
    assert read_scene(tmp_path / "a.json").picture is None


def test_a_shipped_picture_leaves_no_choice(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered(driver, monkeypatch, tmp_path / "a") == [scene_files.PLAIN]
    saved = read_scene(tmp_path / "a.json")
    assert saved.picture is None and saved.sha256 == picture_hash(load_picture(asset("images", "cat.png")))


def test_a_name_that_the_dialog_has_not_asked_about(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text("mine")
    offered(driver, monkeypatch, tmp_path / "a")
    assert "a.json is there already" in said(driver) and (tmp_path / "a.json").read_text() == "mine"


def test_what_is_included_is_called_what_it_is(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").write_text("1,2\n3,4\n5,-1\n")
    driver.window.files.open_any(str(tmp_path / "mine.csv"))
    driver.idle()
    kinds = offered(driver, monkeypatch, tmp_path / "a")
    assert [kind.split(" (")[0] for kind in kinds] == [
        "diffviz scene, cloud included",
        "diffviz scene, cloud by its path",
    ]
    assert read_scene(tmp_path / "a.json").picture is not None
