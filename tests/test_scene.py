"""Scenes: values that survive a file, and files that are refused in words."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from diffviz import catalog
from diffviz.assets import builtin_images
from diffviz.checks import SceneError
from diffviz.entries import Entry, Param
from diffviz.scene import (
    COUNTS,
    CURVES,
    DIRECTIONS,
    SECOND,
    DataSpec,
    ExperimentSpec,
    ModelSpec,
    RunSpec,
    SamplerSpec,
    Scene,
    ScheduleSpec,
    ViewSpec,
    params,
)
from diffviz.scene_check import check_scene
from diffviz.scene_file import Saved, parsed, read_scene, save_scene, to_json

RICH = Scene(
    direction="reverse",
    t=731,
    seed=7,
    count=16,
    data=DataSpec(source="path:/a/ñ 猫 \udcff.png"),
    schedule=ScheduleSpec("cosine", 4000, params(s=0.01)),
    model=ModelSpec("/models/mine", "smile ☺", 3.5, True, "dynamic", 0.7, 200, 800),
    sampler=SamplerSpec("ddim", 50, "leading", params(eta=0.5)),
    view=ViewSpec(
        "snr",
        3,
        "posterior",
        "t",
        2.0,
        "there_and_back",
        "step",
        "laboratory",
        "x_t",
        "x_0",
        True,
        "numbers",
        params({"numbers.step": 10}),
        "0.25 1",
    ),
    experiment=ExperimentSpec(
        "strength",
        params(strengths="0.1 1"),
        (RunSpec(ModelSpec("b", None, 2.0, True), SamplerSpec("heun", 9, params=params(grid="karras"))), RunSpec()),
    ),
    forward_noise="fresh",
)


def random_scene(rng: random.Random) -> Scene:
    def value(param: Param) -> float | str:
        if param.kind != "number":
            return rng.choice(["", "0.5 ñ"])
        return rng.choice(param.choices) if param.choices else rng.uniform(param.low, param.high)

    def keywords(entry: Entry) -> dict[str, float | str]:
        return {param.name: value(param) for param in entry.params if rng.random() < 0.5}

    def run() -> RunSpec:
        name = rng.choice(list(catalog.SAMPLERS))
        return RunSpec(ModelSpec("n", "a"), SamplerSpec(name, 3, params=params(keywords(catalog.SAMPLERS[name]))))

    schedule, sampler = rng.choice(list(catalog.SCHEDULES)), rng.choice(list(catalog.SAMPLERS))
    experiment = rng.choice(list(catalog.EXPERIMENTS))
    T = rng.randint(2, 10_000)
    sources = [f"builtin:{rng.choice(builtin_images())}", "path:/a/b.png", "sha256:" + f"{rng.getrandbits(256):064x}"]
    return Scene(
        rng.choice(DIRECTIONS),
        rng.randint(0, T),
        rng.randint(0, 2**31 - 1),
        rng.choice(COUNTS),
        DataSpec(source=rng.choice(sources)),
        ScheduleSpec(schedule, T, params(keywords(catalog.SCHEDULES[schedule]))),
        ModelSpec("m", rng.choice([None, "0", "cat"]), rng.uniform(0, 50)),
        SamplerSpec(sampler, rng.randint(1, 1000), rng.choice(list(catalog.SPACINGS)),
                    params(keywords(catalog.SAMPLERS[sampler]))),
        ViewSpec(rng.choice(CURVES), rng.choice((1, 3)), rng.choice(SECOND), rng.choice(list(catalog.PACINGS)),
                 rng.uniform(0.1, 10), rng.choice(("once", "loop", "there_and_back")),
                 rng.choice(("max", "30", "step")), rng.choice(("equation", "laboratory"))),
        ExperimentSpec(experiment, params(keywords(catalog.EXPERIMENTS[experiment])),
                       tuple(run() for _ in range(rng.randint(0, 3)))),
    )  # fmt: skip


def changed(path: str, value: Any) -> str:
    """The JSON of the default scene with one value changed; ``path`` like "schedule.T"."""
    content = json.loads(to_json(Scene()))
    *parents, last = path.split(".")
    place = content
    for name in parents:
        place = place[name]
    place[last] = value
    return json.dumps(content)


# ------------------------------------------------------------------------------------------------------- as values


def test_scenes_are_values() -> None:
    assert Scene() == Scene() and hash(Scene()) == hash(Scene())
    assert dataclasses.replace(RICH) == RICH and Scene() != RICH
    assert len({Scene(), Scene(), RICH, RICH.replace(t=1)}) == 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        Scene().t = 3  # type: ignore[misc]


def test_replace_changes_only_what_is_named() -> None:
    moved = RICH.replace(t=3)
    assert moved.t == 3 and moved.replace(t=731) == RICH and RICH.t == 731


def test_params_do_not_depend_on_their_order() -> None:
    assert params({"b": 1.0, "a": "x"}) == params(a="x", b=1.0) == (("a", "x"), ("b", 1.0))
    assert params() == () and params({"a": 1.0}, a=2.0) == (("a", 2.0),)


def test_the_first_scene_is_a_good_one() -> None:
    assert check_scene(Scene()) == Scene()
    assert Scene().sampler == SamplerSpec("ddpm", 250, "trailing") and Scene().seed == 0
    assert Scene().model.guidance == 1.0


# ------------------------------------------------------------------------------------------------------ round trips


@pytest.mark.parametrize("scene", [Scene(), RICH])
@pytest.mark.parametrize("picture", [None, b"", b"\x89PNG\r\n\x00\xff"])
def test_a_file_gives_the_scene_back(tmp_path: Path, scene: Scene, picture: bytes | None) -> None:
    save_scene(scene, tmp_path / "szene ñ.json", picture)
    assert read_scene(tmp_path / "szene ñ.json") == Saved(scene, picture)
    assert read_scene(str(tmp_path / "szene ñ.json")) == Saved(scene, picture)
    assert os.listdir(tmp_path) == ["szene ñ.json"]


@pytest.mark.parametrize("seed", range(50))
def test_every_scene_survives_json(seed: int) -> None:
    scene = random_scene(random.Random(seed))
    assert check_scene(scene) == scene
    assert parsed(to_json(scene)) == Saved(scene)


def test_the_file_is_readable_json_with_a_version() -> None:
    content = json.loads(to_json(RICH))
    assert content["format"] == 1
    assert content["schedule"]["params"] == {"s": 0.01} and content["schedule"]["T"] == 4000
    assert content["model"]["class_label"] == "smile ☺"
    assert "extra" not in content and "picture" not in content


def test_unknown_keys_are_kept_at_every_depth() -> None:
    content = json.loads(to_json(RICH))
    content["sound"] = {"kind": "wave", "list": [1, None, "x"]}
    content["extra"] = 5
    content["view"]["theme"] = "sepia"
    content["schedule"]["warp"] = [1, 2]
    scene = parsed(json.dumps(content)).scene
    assert scene == RICH
    again = json.loads(to_json(scene.replace(t=5)))
    assert again == {**content, "t": 5}


def test_missing_keys_take_their_defaults() -> None:
    assert parsed('{"format": 1}') == Saved(Scene())
    scene = parsed('{"format": 1, "t": 3, "schedule": {"T": 10}}').scene
    assert scene == Scene(t=3, schedule=ScheduleSpec(T=10))


def test_whole_numbers_stand_for_floats() -> None:
    scene = parsed(changed("model.guidance", 3)).scene
    assert scene.model.guidance == 3


# --------------------------------------------------------------------------------------------------------- refusals

NOT_JSON = ["", "hello", "{", "[1, 2", "\0", "{'format': 1}"]
NO_SCENE = ["null", "3", '"text"', "[]", "{}", '{"t": 1}', '{"nodes": [], "version": 3}']


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(SceneError, match="not valid JSON"):
        parsed(text)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": 1, "x": ' + "[" * 900 + "]" * 900 + "}"])
def test_what_is_nested_too_deep_to_be_written_again(text: str) -> None:
    with pytest.raises(SceneError, match="nested too deep"):
        parsed(text)


@pytest.mark.parametrize("text", NO_SCENE)
def test_what_is_no_scene(text: str) -> None:
    with pytest.raises(SceneError, match="not a diffviz scene"):
        parsed(text)


@pytest.mark.parametrize("version", [0, 2, "1", None, [], {}, 99])
def test_another_format(version: Any) -> None:
    with pytest.raises(SceneError, match="this diffviz reads format 1"):
        parsed(changed("format", version))


BAD = [
    ("direction", "sideways", "forward, reverse"),
    ("direction", 3, "text"),
    ("t", 1200, "t = 1200 is outside 0..1000"),
    ("t", -1, "outside 0..1000"),
    ("t", 2.5, "whole number"),
    ("t", True, "whole number"),
    ("t", "3", "whole number"),
    ("t", None, "whole number"),
    ("seed", -1, "outside 0.."),
    ("seed", 2**31, "outside 0.."),
    ("seed", 10**300, '"seed": a whole number of 301 digits, more than 64 bits hold'),
    ("count", 2, "1, 4, 9, 16"),
    ("forward_noise", "none", "held, fresh"),
    ("data", None, "object"),
    ("data", [], "object"),
    ("data.kind", "smell", "picture"),
    ("view.heard", "x_1", "x_t, x_0, eps"),
    ("data.source", "http://a/b.png", "builtin, path, sha256"),
    ("data.source", "", "builtin, path, sha256"),
    ("data.source", "builtin:dog", "astronaut, cat"),
    ("data.source", "builtin:../../secret", "astronaut, cat"),
    ("data.source", "sha256:abc", "64 hexadecimal"),
    ("data.source", "sha256:" + "G" * 64, "64 hexadecimal"),
    ("schedule.name", "cubic", "linear"),
    ("schedule.name", [], "text"),
    ("schedule.T", 1, "schedule.T = 1 is outside 2..10000"),
    ("schedule.T", 10_001, "outside 2..10000"),
    ("schedule.params", [1], "object"),
    ("schedule.params", {"s": 0.1}, "linear has no parameter 's'; it has beta_start, beta_end"),
    ("schedule.params", {"beta_end": 1.5}, "schedule.beta_end = 1.5 is outside"),
    ("schedule.params", {"beta_end": float("nan")}, '"beta_end": NaN, which is no JSON'),
    ("schedule.params", {"beta_end": "big"}, "outside"),
    ("schedule.params", {"beta_end": True}, "outside"),
    ("schedule.params", {"beta_end": [1]}, "outside"),
    ("schedule.params", {"beta_end": None}, "outside"),
    ("model.name", 3, "text"),
    ("model.class_label", 3, "text"),
    ("model.blend", 1.5, "1.5 is outside 0..1"),
    ("model.guidance", float("inf"), '"guidance": Infinity, which is no JSON'),
    ("model.guidance", -1, "outside 0..50"),
    ("model.clip", "hard", "not one of own, static, dynamic, none"),
    ("model.rescale", 1.1, "outside 0..1"),
    ("model.guidance_low", -1, "outside 0..9999"),
    ("model.guidance_high", 0, "outside 1..10000"),
    ("model.guidance_high", 10_001, "outside 1..10000"),
    ("sampler.name", "magic", "ddpm"),
    ("sampler.steps", 0, "outside 1..10000"),
    ("experiment.name", "alchemy", "not one of compare"),
    ("experiment.params", {"strengths": 3}, "compare has no parameter 'strengths'"),
    ("experiment.runs", [1], "expected a list of objects"),
    ("experiment.runs", [{"sampler": {"name": "x"}}], "sampler.name = 'x' is not one of"),
    ("experiment.runs", [{}] * 25, "outside 0..24"),
    ("view.page", "kitchen", "not one of equation, laboratory"),
    ("sampler.spacing", "even", "trailing"),
    ("sampler.params", {"variance": "none"}, "fixed_small, fixed_large"),
    ("sampler.params", {"variance": {}}, "fixed_small, fixed_large"),
    ("sampler.params", {"eta": 0.5}, "ddpm has no parameter 'eta'"),
    ("view.curves", "pie", "coefficients"),
    ("view.eps_range", 2, "1, 3"),
    ("view.second", 1, "text"),
    ("view.pacing", "odd", "visible, t"),
    ("view.speed", 0, "outside 0.1..10"),
    ("view.strength", 1.5, "outside 0..1"),
    ("view.forward_t", -1, "outside 0.."),
    ("view.speed", "fast", "number"),
    ("view.loop", "twice", "there_and_back"),
    ("view.pace", "60", "step"),
]


@pytest.mark.parametrize("path, value, words", BAD)
def test_a_bad_value_is_named_with_what_would_be_right(path: str, value: Any, words: str) -> None:
    with pytest.raises(SceneError) as caught:
        parsed(changed(path, value))
    message = str(caught.value)
    assert words in message
    assert path.rsplit(".", 1)[-1] in message or path.endswith("params")
    assert message.endswith(".") and "\n" not in message and len(message) < 250


def test_t_may_lie_beyond_the_users_T_in_reverse() -> None:
    """There t counts on the model's schedule, whose T the file does not know."""
    scene = Scene(direction="reverse", t=900, schedule=ScheduleSpec(T=100))
    assert parsed(to_json(scene)).scene == scene


def test_messages_stay_short_whatever_the_file_holds() -> None:
    for path, value in (("direction", "x" * 10**6), ("t", [0] * 10**5), ("schedule.params", {"y" * 10**6: 1})):
        with pytest.raises(SceneError) as caught:
            parsed(changed(path, value))
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize("picture", [3, [], {}, "no base64!", "ñ", "abc"])
def test_a_damaged_picture(picture: Any) -> None:
    content = {**json.loads(to_json(Scene())), "picture": picture}
    with pytest.raises(SceneError, match="damaged embedded picture"):
        parsed(json.dumps(content))


@pytest.mark.parametrize("clouds", [3, {}, [3], ["no base64!"], [""] * 26])
def test_damaged_points(clouds: Any) -> None:
    with pytest.raises(SceneError, match="points"):
        parsed(json.dumps({**json.loads(to_json(Scene())), "clouds": clouds}))


def test_points_of_its_models_are_given_back() -> None:
    assert parsed(to_json(Scene(), clouds=(b"a", b"bc"))) == Saved(Scene(), clouds=(b"a", b"bc"))


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path | str) -> str:
        with pytest.raises(SceneError) as caught:
            read_scene(path)
        assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
        return str(caught.value)

    assert refused(tmp_path / "gone.json").startswith("gone.json: there is no such scene")
    assert refused(tmp_path).startswith(f"{tmp_path.name}: is a folder, not a file")
    assert len(refused("x" * 5000 + ".json")) < 200
    assert refused("a\0.json").startswith("a\ufffd.json: ")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
    assert refused(tmp_path / "a.json").startswith("a.json: is not a diffviz scene: it is not valid JSON (no UTF-8")
    (tmp_path / "a.json").write_text("[", encoding="utf-8")
    assert refused(tmp_path / "a.json").startswith("a.json: is not a diffviz scene: it is not valid JSON")
    (tmp_path / "b.json").write_text(changed("t", -1), encoding="utf-8")
    assert refused(tmp_path / "b.json").startswith("b.json: t = -1 is outside 0..1000")
    with (tmp_path / "c.json").open("wb") as file:
        file.truncate(2**26 + 1)
    assert refused(tmp_path / "c.json").startswith("c.json: is too large (over 64 MiB)")

    def fail(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", fail)
    assert "Permission denied" in refused(tmp_path / "b.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(SceneError, match=r"^pipe\.json: "):
        read_scene(tmp_path / "pipe.json")


def test_a_failed_save_leaves_the_old_scene(tmp_path: Path) -> None:
    save_scene(RICH, tmp_path / "a.json")
    bad = Scene(extra={"unwritable": object()})
    with pytest.raises(TypeError):
        save_scene(bad, tmp_path / "a.json")
    assert read_scene(tmp_path / "a.json").scene == RICH


@pytest.mark.parametrize(
    "betas, sentence",
    [
        ([], "the number of betas = 0 is outside 2..10000"),
        ([0.1] * 10_001, "the number of betas = 10001 is outside"),
        ([0.1, 1.5], "β = 1.5 at t = 2 is not between 0 and 1"),
        ([0.1, "x"], "expected a list of numbers"),
        ({"a": 1}, "expected a list of numbers"),
        ("0.1", "expected a list of numbers"),
    ],
)
def test_a_schedule_of_other_betas_is_refused(betas: Any, sentence: str) -> None:
    content = json.loads(to_json(Scene()))
    content["schedule"].update(name="custom", betas=betas)
    with pytest.raises(SceneError, match=re.escape(sentence)):
        parsed(json.dumps(content))
