"""Run files: what was recorded comes back number for number; what is no run is refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffviz.engine import run_file
from diffviz.engine.chain import run_chain
from diffviz.engine.jobs import info_of
from diffviz.engine.model_info import one_network
from diffviz.engine.run_file import RecordedRun, RunError, load_run, save_run
from diffviz.kinds import PICTURE
from diffviz.models import Model, load_model
from diffviz.scene import DataSpec, Leg, ModelSpec, SamplerSpec, Scene, params

Header = dict[str, Any]
DDIM = SamplerSpec("ddim", 5)


@pytest.fixture(scope="module")
def model(_tiny_model: Path) -> Model:
    return load_model(_tiny_model)


@pytest.fixture(scope="module")
def run(model: Model) -> RecordedRun:
    return record(model)


def record(model: Model, sampler: SamplerSpec = DDIM, keep_values: bool = True) -> RecordedRun:
    spec = ModelSpec("tiny", "ring", 2.0)
    legs = (Leg(80, 3, ModelSpec("tiny", "dot"), SamplerSpec("ddim", 5)),) if sampler.name == "ddim" else ()
    scene = Scene(direction="reverse", seed=7, count=4, model=spec, sampler=sampler, history=legs)
    states = tuple(run_chain(model, scene, legs=legs, keep_values=keep_values))
    return RecordedRun(scene, info_of(model, "tiny"), states)


def header_of(path: Path) -> tuple[Header, bytes]:
    """The JSON header and the arrays behind it."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def write(path: Path, header: Header, body: bytes) -> None:
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


@pytest.mark.parametrize(
    "sampler", [SamplerSpec("ddim", 5), SamplerSpec("dpmpp_2m", 6, params=params(grid="karras"))], ids=lambda s: s.name
)
@pytest.mark.parametrize("keep_values", [True, False])
def test_what_was_recorded_comes_back(model: Model, tmp_path: Path, sampler: SamplerSpec, keep_values: bool) -> None:
    run = record(model, sampler, keep_values)
    save_run(tmp_path / "a.diffviz-run", run)
    back = load_run(tmp_path / "a.diffviz-run")
    assert (back.scene, back.fan) == (run.scene, run.fan)
    assert dataclasses.replace(back.info, schedule=run.info.schedule) == run.info
    assert one_network(back.info, run.info) and not one_network(back.info, dataclasses.replace(run.info, weights="b"))
    assert np.array_equal(back.info.schedule.alpha_bar, run.info.schedule.alpha_bar)
    assert len(back.states) == len(run.states)
    for ours, theirs in zip(back.states, run.states, strict=True):
        assert np.array_equal(ours.shown, theirs.shown)
        for name in ("i", "n", "t", "s", "gap", "terms", "spread", "alpha_bar"):
            assert getattr(ours, name) == getattr(theirs, name)
            assert type(getattr(ours, name)) is type(getattr(theirs, name))
        assert (ours.values is None) is not keep_values
        assert not keep_values or np.array_equal(ours.values, theirs.values)


def test_values_that_would_be_large_stay_behind(
    run: RecordedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "MAX_VALUES_BYTES", 1000)
    save_run(tmp_path / "a.diffviz-run", run)
    back = load_run(tmp_path / "a.diffviz-run")
    assert back.states[0].values is None and np.array_equal(back.states[0].shown.x_t, run.states[0].shown.x_t)


def test_no_chain_is_gone_on_with_that_began_with_a_picture_which_is_not_in_its_file(
    run: RecordedRun, tmp_path: Path
) -> None:
    save_run(tmp_path / "a.diffviz-run", dataclasses.replace(run, scene=run.scene.replace(start=60)))
    assert not one_network(load_run(tmp_path / "a.diffviz-run").info, run.info)


def test_a_run_tells_nothing_of_the_persons_own_files(run: RecordedRun, tmp_path: Path) -> None:
    scene = run.scene.replace(data=DataSpec(source="path:/home/someone/private.png"))
    save_run(tmp_path / "a.diffviz-run", dataclasses.replace(run, scene=scene))
    assert b"someone" not in (tmp_path / "a.diffviz-run").read_bytes()


def test_other_programs_read_it_as_safetensors(run: RecordedRun, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    save_run(tmp_path / "a.diffviz-run", run)
    arrays = load_file(tmp_path / "a.diffviz-run")
    assert np.array_equal(arrays["values"], np.stack([state.values for state in run.states])) and len(arrays) == 2


def test_the_format_before_still_opens() -> None:
    """With pictures and values; and as it was written where the values were too large."""
    path = Path(__file__).parents[1] / "corpus" / "files" / "format_1.diffviz-run"
    run = load_run(path)
    assert [state.t for state in run.states] == [100, 67, 34, 0] and run.info.sample_shape == (3, 4, 4)
    for state in run.states:
        assert state.values.shape == (3, 1, 3, 4, 4) and state.shown.x_t.shape == (1, 4, 4, 3)
        assert np.array_equal(state.shown, [PICTURE.raster(values) for values in state.values])


def test_the_format_before_without_values(tmp_path: Path) -> None:
    path = Path(__file__).parents[1] / "corpus" / "files" / "format_1.diffviz-run"
    header, body = header_of(path)
    start, end = header.pop("values")["data_offsets"]
    for entry in header.values():
        if "data_offsets" in entry and entry["data_offsets"][0] >= end:
            entry["data_offsets"] = [offset - (end - start) for offset in entry["data_offsets"]]
    write(tmp_path / "a.diffviz-run", header, body[:start] + body[end:])
    states = load_run(tmp_path / "a.diffviz-run").states
    assert all(
        a.values is None and np.array_equal(a.shown, b.shown)
        for a, b in zip(states, load_run(path).states, strict=True)
    )


def test_numbers_that_are_none_are_refused(run: RecordedRun, tmp_path: Path) -> None:
    states = [*run.states]
    states[1] = dataclasses.replace(states[1], values=np.full_like(states[1].values, np.nan))
    save_run(tmp_path / "a.diffviz-run", dataclasses.replace(run, states=tuple(states)))
    with pytest.raises(RunError, match=r"holds numbers that are not finite; save or fetch it again"):
        load_run(tmp_path / "a.diffviz-run")


def test_an_error_on_the_way_leaves_the_old_file(
    run: RecordedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.diffviz-run"
    save_run(path, run)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_run(path, dataclasses.replace(run, states=run.states[:3]))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.diffviz-run"]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.2, 0.9, 0.999])
def test_a_file_that_was_cut_short(run: RecordedRun, tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.diffviz-run"
    save_run(path, run)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(RunError, match=r"^a\.diffviz-run: is no run of diffviz, or was cut short; save or fetch"):
        load_run(path)


def damage(change: Callable[[dict[str, Any]], object]) -> Callable[[Header], object]:
    """A change of our own entry in the header."""

    def apply(header: Header) -> None:
        words = json.loads(header["__metadata__"]["diffviz_run"])
        change(words)
        header["__metadata__"]["diffviz_run"] = json.dumps(words)

    return apply


def swap(header: Header) -> None:
    header["beta"], header["values"] = header["values"], header["beta"]


@pytest.mark.parametrize(
    "change, said",
    [
        (
            damage(lambda w: w.update(format=3)),
            "has format 3, this diffviz reads formats 1 and 2; a newer diffviz may open it",
        ),
        (damage(lambda w: w.pop("format")), "is no run of diffviz"),
        (lambda h: h.pop("__metadata__"), "is no run of diffviz"),
        (lambda h: h["__metadata__"].update(diffviz_run="{"), "is no run of diffviz"),
        (lambda h: h["__metadata__"].update(diffviz_run="[" * 10**5), "is no run of diffviz"),
        (damage(lambda w: w.pop("states")), "contradicts itself"),
        (damage(lambda w: w["states"].pop()), "contradicts itself"),
        (damage(lambda w: w.update(states=[])), "contradicts itself"),
        (damage(lambda w: w.update(n=10**9)), "contradicts itself"),
        (damage(lambda w: w.update(fan=8)), "contradicts itself"),
        (damage(lambda w: w["scene"].update(count=9)), "contradicts itself"),
        (damage(lambda w: w["scene"].update(count=10**6)), "count = 1000000 is not one of 1, 4, 9"),
        (damage(lambda w: w["scene"]["sampler"].update(name="magic")), "sampler.name = 'magic' is not one of ddpm"),
        (damage(lambda w: w.update(scene=3)), 'contradicts itself (has "scene": 3, expected an object)'),
        (damage(lambda w: w["states"][1].update(t=101)), "holds a state that no chain has"),
        (damage(lambda w: w["states"][1].update(t="50")), "holds a state that no chain has"),
        (damage(lambda w: w["states"][1].update(t=float("nan"))), '(has "t": NaN, which is no JSON)'),
        (damage(lambda w: w["states"][0].update(gap=10**400)), '(has "gap": a whole number of 401 digits'),
        (damage(lambda w: w["states"][0].update(terms=[["x", 10**30]])), '(has "terms": a whole number of 31 digits'),
        (damage(lambda w: w["states"][0].update(spread="a")), 'holds a state that no chain has (has "spread": a,'),
        (damage(lambda w: w["states"][0].pop("gap")), 'holds a state that no chain has (lacks "gap")'),
        (damage(lambda w: w["model"].pop("null_class")), 'in a way that cannot be (lacks "null_class")'),
        (damage(lambda w: w["model"].update(x=json.loads("[" * 900 + "]" * 900))), "nested too deep"),
        (damage(lambda w: w["states"][2].update(i=0)), "holds a state that no chain has"),
        (damage(lambda w: w["states"][0].update(terms=[["<img src=x>", 1.0]])), "holds a state that no chain has"),
        (damage(lambda w: w["states"].__setitem__(0, None)), "holds a state that no chain has"),
        (damage(lambda w: w["model"].update(sample_shape=[3, 8])), "contradicts itself"),
        (damage(lambda w: (w["scene"].update(class_rows=True), w["model"].update(class_names=["one"]))), "contradicts"),
        (damage(lambda w: w["model"].update(name=["tiny"])), "describes its model in a way that cannot be"),
        (damage(lambda w: w["model"].update(sample_shape=[3, 9, 8])), "contradicts itself"),
        (damage(lambda w: w["model"].update(kind="smell")), 'in a way that cannot be (has "kind": smell'),
        (damage(lambda w: w.update(format=1)), "contradicts itself"),
        (lambda h: h["values"].update(dtype="I32"), "contradicts itself"),
        (lambda h: h["values"].update(shape=[10**9, 3, 4, 3, 8, 8]), "is no run of diffviz, or was cut short"),
        (swap, "contradicts itself"),
    ],
)
def test_damaged_files_are_refused_in_words(
    run: RecordedRun, tmp_path: Path, change: Callable[[Header], object], said: str
) -> None:
    path = tmp_path / "a.diffviz-run"
    save_run(path, run)
    header, body = header_of(path)
    change(header)
    write(path, header, body)
    with pytest.raises(RunError) as error:
        load_run(path)
    assert str(error.value).startswith("a.diffviz-run: ") and said in str(error.value)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_a_schedule_that_cannot_be(run: RecordedRun, tmp_path: Path) -> None:
    path = tmp_path / "a.diffviz-run"
    save_run(path, run)
    header, body = header_of(path)
    start, end = header["beta"]["data_offsets"]
    write(path, header, body[:start] + np.full((end - start) // 8, 2.0).tobytes() + body[end:])
    with pytest.raises(RunError, match="has a schedule that cannot be: beta at t = 0 is 2"):
        load_run(path)


def test_what_is_no_file_and_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match=r"none\.diffviz-run: there is no such run file"):
        load_run(tmp_path / "none.diffviz-run")
    with pytest.raises(RunError, match="is a folder, not a file"):
        load_run(tmp_path)
    monkeypatch.setattr(run_file, "MAX_RUN_BYTES", 10)
    (tmp_path / "big.diffviz-run").write_bytes(b"0" * 11)
    with pytest.raises(RunError, match=r"big\.diffviz-run: is too large for a run"):
        load_run(tmp_path / "big.diffviz-run")
