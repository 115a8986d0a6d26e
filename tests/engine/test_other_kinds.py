"""A kind of data that is no picture goes through the engine as pictures do: nothing there asks for rows and columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from engine_screen import FakeModel, Screen
from pairs import Pairs

from diffviz import catalog, kinds
from diffviz.bounded import Refusal
from diffviz.engine import messages as m
from diffviz.engine.chain import run_chain
from diffviz.engine.control import Control
from diffviz.engine.experiments import EXPERIMENTS
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.recording import Plan, Recordings
from diffviz.engine.renderer import Renderer
from diffviz.engine.run_file import RecordedRun, load_run, save_run
from diffviz.engine.sources import ForwardSource, RecordedSource
from diffviz.entries import Entry
from diffviz.kinds import Kind
from diffviz.scene import ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene, ScheduleSpec, params
from diffviz.sheet import Sheet
from diffviz.timeline import Timeline


@pytest.fixture(autouse=True)
def pairs(monkeypatch: pytest.MonkeyPatch) -> Kind:
    monkeypatch.setitem(kinds.KINDS, "pairs", Pairs())
    entry = Entry("pairs", "pairs", "Two numbers.")
    monkeypatch.setattr(catalog, "KINDS", MappingProxyType({**catalog.KINDS, "pairs": entry}))
    return kinds.KINDS["pairs"]


@pytest.fixture
def model(pairs: Kind) -> FakeModel:
    model = FakeModel()
    model.kind, model.sample_shape = pairs, (2,)
    return model


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "heun", "dpmpp_2m"])
def test_a_chain(model: FakeModel, sampler: str) -> None:
    states = list(run_chain(model, Scene(count=4, sampler=SamplerSpec(sampler, 5))))
    assert len(states) == 6
    assert states[0].shown is None and states[0].values.shape == (3, 4, 2) and states[0].count == 4
    assert states[0].rasters().x_t.shape == (4, 1, 2, 3) and states[0].frames().x_t.shape == (2, 4, 3)
    assert states[0].lean() is states[0] and states[0].sample(2).frames().eps_hat.shape == (1, 2, 3)
    assert np.allclose(states[-1].values[0], 0.5, atol=0.2)
    wide = states[0].rasters(3).x_t
    assert np.array_equal(wide, model.kind.raster(states[0].values[0], 3))


def test_a_recording_and_a_branch_of_it(model: FakeModel) -> None:
    screen, control = Screen(), Control()
    recordings = Recordings(screen.emit, control)
    info = m.ModelInfo("fake", "", (), None, model.schedule, model.sample_shape, "x0")
    scene = Scene(count=3, sampler=SamplerSpec("ddpm", 6))
    control.begin(1)
    assert recordings.generate(m.GenerateRequest(1, scene), model, info) == ""
    whole = recordings.tape(1).states
    control.begin(2)
    recordings.generate(m.GenerateRequest(2, scene, fork=m.Fork(1, 3)), model, info)
    assert np.array_equal(recordings.tape(2).states[-1].values, whole[-1].values)


def test_the_slider(pairs: Kind) -> None:
    request = m.NoisedRequest(1, 50, 7, ScheduleSpec("linear", 100), "id", kind="pairs", second="step")
    shown = Renderer().render(request, np.array([0.5, -0.5]))
    assert shown.x_t.shape == shown.step.x_t.shape == (1, 2, 3) and shown.eps_values.shape == (2,)
    large = Renderer().render(replace(request, size=(4, 6)), np.array([0.5, -0.5]))
    assert {each.shape for each in (large.x_t, large.x_0, large.eps, large.step.z)} == {(4, 6, 3)}
    strip = Renderer().strip(m.StripRequest(1, request, (0, 50, 100), (3, 4)), np.array([0.5, -0.5]))
    assert strip.pictures.shape == (3, 3, 4, 3)
    start = Renderer().start_noise(m.StartRequest(1, 7, 4, (2,), kind="pairs"))
    assert start.x_T.shape == (2, 4, 3) and start.values.shape == (4, 2)


def test_what_a_recording_takes(pairs: Kind) -> None:
    assert Plan.of(pairs, 4, (2,), 11).size == 11 * 3 * 4 * 2 * 4
    assert Plan.of(pairs, 4, (2,), 11, room=600).values, "nothing else is kept of it"


def test_a_run_file(model: FakeModel, tmp_path: Path) -> None:
    scene = Scene(direction="reverse", count=4, sampler=SamplerSpec("ddim", 5))
    states = tuple(run_chain(model, scene))
    info = m.ModelInfo("fake", "pairs", (), None, model.schedule, (2,), "x0", kind="pairs")
    save_run(tmp_path / "a.diffviz-run", RecordedRun(scene, info, states))
    back = load_run(tmp_path / "a.diffviz-run")
    assert back.info.kind == back.states[0].kind == "pairs" and back.states[0].shown is None
    assert all(np.array_equal(a.values, b.values) for a, b in zip(back.states, states, strict=True))


def test_films(model: FakeModel, pairs: Kind) -> None:
    states = list(run_chain(model, Scene(count=4, sampler=SamplerSpec("ddim", 3))))
    frame = RecordedSource(states, model.schedule.alpha_bar).frame(1)
    assert frame.x_t.shape == frame.x_0.shape == frame.eps.shape == (2, 4, 3)
    frame = ForwardSource(np.array([0.5, -0.5]), model.schedule, Timeline((0, 100)), 0, kind=pairs).frame(0)
    assert np.array_equal(frame.x_t, pairs.raster(np.array([[0.5, -0.5]]))[0]) and frame.eps.shape == (1, 2, 3)


@pytest.mark.parametrize(
    "name, given",
    [
        ("compare", {}),
        ("convergence", {"steps": "5 10"}),
        ("guidance", {}),
        ("weights", {"weights": "0 2"}),
        ("strength", {"strengths": "0.5"}),
        ("inversion", {"steps": "5"}),
        ("interpolation", {"between": "seeds"}),
        ("interpolation", {"between": "pictures"}),
    ],
)
def test_experiments(model: FakeModel, pairs: Kind, tmp_path: Path, name: str, given: dict[str, str]) -> None:
    if given.get("between") == "pictures":
        (tmp_path / "second").write_bytes(pairs.encoded(np.array([0.1, 0.2])))
        given = {**given, "second": str(tmp_path / "second")}
    vars(model).update(fingerprint="", clip=None, limits=None, classes=SimpleNamespace(count=3))
    spec = ModelSpec("fake", "one", 2.0)
    runs = (RunSpec(spec, SamplerSpec("ddim", 5)),) if name == "compare" else ()
    experiment = ExperimentSpec(name, params(given), runs)
    scene = Scene(direction="reverse", model=spec, sampler=SamplerSpec("ddim", 10), experiment=experiment)
    sheet = Sheet()
    for part in EXPERIMENTS[name](Workbench(model, scene, Memory(), lambda _: model, np.array([0.5, -0.5]))):
        sheet = sheet.with_part(part)
    assert sheet.cells and {cell.picture.shape for cell in sheet.cells.values()} == {(1, 2, 3)}


def test_a_file_is_told_by_its_content(pairs: Kind, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(pairs.encoded(np.array([0.5, -0.25])))
    kind, datum = kinds.read_file(tmp_path / "a.png")
    assert kind is pairs and datum.array.tolist() == [0.5, -0.25]
    with pytest.raises(Refusal, match=r"^gone\.pairs: there is no such file"):
        kinds.read_file(tmp_path / "gone.pairs")
