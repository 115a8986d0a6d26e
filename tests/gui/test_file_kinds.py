"""Files are judged by their content, whatever they are called: by dialog, drop and command line alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog, QLabel

from diffviz.gui.file_kinds import kind_of, model_of
from diffviz.scene import Scene
from diffviz.scene_file import save_scene

NAMES = ("lecture.diffviz", "lecture", "lecture.png", "v1.2 final", "lecture.diffviz-run", "lecture.txt")


@pytest.mark.parametrize("name", [*NAMES, "x.json"])
def test_content_goes_before_the_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    save_scene(Scene(), path)
    assert kind_of(path) == "scene"
    path.write_bytes(b"\xef\xbb\xbf\n " + path.read_bytes())
    assert kind_of(path) == "scene"
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO"):
        Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(path, format=kind)
        assert kind_of(path) == "picture", kind


def test_a_name_decides_where_the_content_says_nothing(tmp_path: Path) -> None:
    for name, kind in (("a.json", "scene"), ("a.diffviz-run", "run"), ("a.png", "picture"), ("absent.json", "scene")):
        if name != "absent.json":
            (tmp_path / name).write_bytes(b"")
        assert kind_of(tmp_path / name) == kind
    assert kind_of(tmp_path) == "folder" and kind_of("a\0b") == "picture"
    os.mkfifo(tmp_path / "pipe.json")  # nobody writes: it must not be waited for
    assert kind_of(tmp_path / "pipe.json") == "scene"


@pytest.mark.parametrize("part", ["unet/diffusion_pytorch_model.safetensors", "unet/config.json", "model_index.json"])
def test_a_file_out_of_a_model_s_folder_stands_for_it(part: str, driver: Driver, tiny_model_folder: Path) -> None:
    path = tiny_model_folder / part
    assert kind_of(path) == "model"
    driver.window.files.open_any(str(path))
    driver.idle()
    assert driver.scene.model.name == model_of(path) and driver.messages() == []


def test_a_sample_is_opened_by_its_name(driver: Driver) -> None:
    for name, data in (("drum", ("sound", "drum")), ("moons", ("points", "two_moons"))):
        driver.window.files.open_any(name)
        driver.idle()
        assert (driver.scene.data.kind, driver.scene.data.source) == (data[0], f"builtin:{data[1]}")
        assert driver.messages() == []


def test_a_model_s_folder_comes_before_the_sample_that_is_called_so(
    driver: Driver, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_model_folder.rename(tiny_model_folder.with_name("cat")).parent)
    driver.window.files.open_any("cat")
    driver.idle()
    assert driver.scene.model.name.endswith("cat") and driver.messages() == []


def test_what_stands_for_a_model(tiny_model_folder: Path, tmp_path: Path) -> None:
    config = tiny_model_folder / "scheduler" / "scheduler_config.json"
    assert kind_of(config) == "model" and model_of(config) == str(tiny_model_folder)
    for part in ("text_encoder", "tokenizer"):
        (tiny_model_folder / part).mkdir()
    for part, said in (
        ("text_encoder/config.json", '{"architectures": ["CLIPTextModel"]}'),
        ("tokenizer/tokenizer_config.json", '{"tokenizer_class": "CLIPTokenizer"}'),
        ("tokenizer/tokenizer.json", '{"version": "1.0", "truncation": null, "added_tokens": []}'),
    ):
        path = tiny_model_folder / part
        path.write_text(said, encoding="utf-8")
        assert kind_of(path) == "model" and model_of(path) == str(tiny_model_folder)
    (tmp_path / "old.ckpt").write_bytes(b"PK\3\4" + bytes(60))
    assert kind_of(tmp_path / "old.ckpt") == "model" and model_of(tmp_path / "old.ckpt").endswith("old.ckpt")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["picture dialog", "scene dialog", "run dialog", "drop", "command line"])
def test_a_scene_opens_again_by_every_way(
    way: str, name: str, driver: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    scene = driver.first_scene.replace(t=77, seed=5)
    save_scene(scene, tmp_path / name)
    answer(tmp_path / name)
    if way == "drop":
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert driver.window.files.take(mime)
    elif way == "command line":
        driver.window.files.open_any(str(tmp_path / name))
    else:
        driver.trigger({"picture dialog": "open", "scene dialog": "open_scene", "run dialog": "open_run"}[way])
    assert (driver.scene.t, driver.scene.seed, driver.messages()) == (77, 5, [])


def test_a_run_opens_whatever_it_is_called(
    make_driver: Callable[..., Driver], answer: Callable[[object], None], tmp_path: Path
) -> None:
    own = make_driver()
    own.generate()
    path = tmp_path / "saved.diffviz-run"
    answer(path)
    own.trigger("save_run")
    own.idle()
    for name in ("chain", "chain.png", "chain.json", "v1.2 final"):
        path = path.rename(tmp_path / name)
        own.window.controller.chains.put_aside()
        own.window.files.open_any(str(path))
        own.idle()
        assert len(own.window.controller.chains.states) == 6, name


def test_a_name_that_the_dialog_has_not_asked_about_replaces_nothing(
    driver: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    for action, name in (("save_scene", "mine.json"), ("save_png", "mine.png")):
        (tmp_path / name).write_text("mine")
        answer(tmp_path / "mine")
        driver.trigger(action)
        assert (tmp_path / name).read_text() == "mine" and f"{name} is there already" in driver.messages()[-1]


@pytest.mark.parametrize("name", ["weights.safetensors", "index.json"])
def test_a_model_s_file_without_its_folder_is_refused_as_such(name: str, driver: Driver, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "beside.png")  # no folder of pictures is meant
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    safetensors = len(header).to_bytes(8, "little") + header + bytes(4)
    path = tmp_path / name
    path.write_bytes(b'{"_class_name": "DDPMPipeline"}' if name.endswith("json") else safetensors)
    driver.window.files.open_any(str(path))
    driver.idle()
    assert driver.messages() == [f"{name}: is not a folder; choose the one that holds the weights and config.json."]


def test_a_name_is_shown_as_it_is(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "<u>R&D.png"
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(path)
    driver.window.files.open_any(str(path))
    driver.idle()
    caption = driver.find("x_0_panel_caption", QLabel)
    assert caption.text().startswith("<u>R&D.png") and caption.textFormat() == Qt.TextFormat.PlainText
    assert driver.action("undo").text() == "Undo: picture <u>R&&D.png"


def test_the_dialog_shows_at_first_whatever_there_is_to_open(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (asked.append(given[3]), ("", ""))[1])
    driver.trigger("open")
    first = asked[0].split(";;")[0]
    assert all(
        f"*{ending}" in first for ending in (".png", ".csv", ".npy", ".wav", ".flac", ".diffviz", ".diffviz-run")
    )
