"""What a scene file holds beside the scene: what made the chain, the picture's hash, and a path relative to it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from diffviz.checks import SceneError
from diffviz.scene import MADE, DataSpec, Leg, ModelSpec, SamplerSpec, Scene, ViewSpec
from diffviz.scene_file import read_scene, save_scene, saved_from, to_json
from diffviz.session.wording import wording

HASH = 64 * "a5"[:1]
MADE_BY = Scene(
    seed=4, count=4, noise=2, model=ModelSpec("emoji-32", "cat"), sampler=SamplerSpec("ddim", 9), history=(Leg(40.0),)
)
AT = "path:"


def test_all_of_it_comes_back(tmp_path: Path) -> None:
    scene = Scene(seed=9, data=DataSpec(source=f"{AT}{tmp_path / 'a b' / 'ñ.png'}"))
    save_scene(scene, tmp_path / "s.json", b"png", MADE_BY, HASH)
    saved = read_scene(tmp_path / "s.json")
    assert (saved.scene, saved.picture, saved.sha256) == (scene, b"png", HASH)
    assert saved.made is not None and all(getattr(saved.made, name) == getattr(MADE_BY, name) for name in MADE)


def test_a_path_is_written_as_seen_from_the_scene(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    save_scene(Scene(data=DataSpec(source=f"{AT}{tmp_path / 'pics' / 'a.png'}")), tmp_path / "scenes" / "s.json")
    assert json.loads((tmp_path / "scenes" / "s.json").read_text())["data"]["source"] == "path:../pics/a.png"
    os.rename(tmp_path / "scenes", tmp_path / "moved")
    assert read_scene(tmp_path / "moved" / "s.json").scene.data.source == f"{AT}{tmp_path / 'pics' / 'a.png'}"


def test_a_scene_of_before_with_a_whole_path(tmp_path: Path) -> None:
    source = f"{AT}{tmp_path / 'a.png'}"
    (tmp_path / "s.json").write_text(json.dumps({"format": 1, "data": {"source": source}}))
    saved = read_scene(tmp_path / "s.json")
    assert saved.scene.data.source == source and saved.made is None and saved.sha256 == ""


def test_a_file_in_the_posteriors_place_of_x_0_is_relative_too(tmp_path: Path) -> None:
    scene = Scene(view=ViewSpec(second="posterior", guess=f"{AT}{tmp_path / 'b.png'}"))
    save_scene(scene, tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["view"]["guess"] == "path:b.png"
    assert read_scene(tmp_path / "s.json").scene == scene
    assert "the posterior's x_0: b" in wording(Scene(), scene)


def test_sources_that_are_no_files_stay(tmp_path: Path) -> None:
    for source in ("builtin:cat", f"sha256:{HASH}"):
        assert json.loads(to_json(Scene(data=DataSpec(source=source)), folder=tmp_path))["data"]["source"] == source


def test_unknown_keys_beside_the_new_ones_survive(tmp_path: Path) -> None:
    value = json.loads(to_json(Scene(), None, MADE_BY, HASH))
    value["data"]["mood"], value["made"]["sky"] = "calm", "grey"
    (tmp_path / "a.json").write_text(json.dumps(value))
    saved = read_scene(tmp_path / "a.json")
    again = json.loads(to_json(saved.scene))
    assert again["data"]["mood"] == "calm" and "sha256" not in again["data"]  # which may be another picture's by now
    assert again["made"]["sky"] == "grey" and again["made"]["seed"] == 4
    assert json.loads(to_json(saved.scene, made=Scene(seed=8)))["made"]["seed"] == 8


ODD: list[tuple[str, Any]] = [
    ("made", 3),
    ("made", []),
    ("made", {"seed": -4}),
    ("made", {"model": {"guidance": "much"}}),
    ("made", {"sampler": 7}),
    ("made", {"history": [1]}),
    ("sha256", "short"),
    ("sha256", 5),
    ("sha256", None),
    ("sha256", 64 * "A"),
]


@pytest.mark.parametrize("key, value", ODD)
def test_odd_values_are_one_sentence(key: str, value: Any, tmp_path: Path) -> None:
    content: dict[str, Any] = {"format": 1, "data": {}}
    (content["data"] if key == "sha256" else content)[key] = value
    (tmp_path / "odd.json").write_text(json.dumps(content))
    with pytest.raises(SceneError) as caught:
        read_scene(tmp_path / "odd.json")
    assert str(caught.value).startswith("odd.json: ") and key in str(caught.value) and "\n" not in str(caught.value)


def test_what_was_called_one_step_is_the_second_row() -> None:
    value = json.loads(to_json(Scene()))
    del value["view"]["second"]
    assert saved_from(value).scene.view.second == "none"
    value["view"]["one_step"] = True
    assert saved_from(value).scene.view.second == "step"
