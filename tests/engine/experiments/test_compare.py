"""Comparing runs: each row is the chain itself, all start alike, and nothing is computed twice."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benches import bench, gaussian_bench, parts, sheet
from safetensors.torch import load_file, save_file

from diffviz.diffusion import SAMPLERS
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments import EXPERIMENTS
from diffviz.engine.experiments.heads import model_names, run_heads
from diffviz.engine.noise import held_noise
from diffviz.scene import ModelSpec, RunSpec, SamplerSpec, params
from diffviz.sheet import Done, Film, Plot


def runs_of(folder: Path) -> tuple[RunSpec, ...]:
    model = ModelSpec(str(folder), "ring")
    ancestral = SamplerSpec("ddim", 4, params=params(eta=1.0))
    return (RunSpec(model, SamplerSpec("ddim", 6)), RunSpec(model, ancestral), RunSpec(model, SamplerSpec("heun", 3)))


def test_a_row_is_the_run_itself(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    made = sheet(work)
    for row, run in enumerate(work.scene.experiment.runs):
        scene = work.scene.replace(model=run.model, sampler=run.sampler)
        expected = np.stack([state.shown.x_t[0] for state in run_chain(work.model, scene)])
        film = made.film(row)
        assert film is not None and np.array_equal(film.x_t, expected)
        assert np.array_equal(made.cells[row, len(made.columns) - 1].picture, expected[-1])


def test_all_rows_start_from_the_same_noise(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder)))
    first = [made.films[row].x_t[0] for row in range(3)]
    assert np.array_equal(first[0], first[1]) and np.array_equal(first[0], first[2])
    assert not np.array_equal(made.films[0].x_t[-1], made.films[1].x_t[-1])


def test_without_runs_the_scene_is_the_run(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "compare"))
    assert [row.title for row in made.rows] == ["DDIM 5"]
    assert len(made.films[0].levels) == 6


def test_what_was_computed_is_not_computed_again(tiny_model_folder: Path) -> None:
    runs = runs_of(tiny_model_folder)
    work = bench(tiny_model_folder, "compare", runs=runs[:2])
    calls: list[int] = []
    work.model.network.register_forward_hook(lambda *_: calls.append(1))  # before the first step
    first = sheet(work)
    assert len(calls) == 6 + 4 + 100, "two runs, and the reference of the one without fresh noise"
    calls.clear()
    spec = dataclasses.replace(work.scene.experiment, runs=(runs[1], runs[0]))
    again = sheet(dataclasses.replace(work, scene=work.scene.replace(experiment=spec)))
    assert not calls
    assert np.array_equal(again.films[1].x_t, first.films[0].x_t)
    sheet(dataclasses.replace(work, scene=work.scene.replace(seed=5)))
    assert len(calls) == 110, "another seed is another x_T"


def test_a_retrained_model_is_computed_again(tiny_model_folder: Path) -> None:
    other = tiny_model_folder.parent / "other"
    shutil.copytree(tiny_model_folder, other)
    run = RunSpec(ModelSpec(str(other), "ring"), SamplerSpec("ddim", 3))
    work = bench(tiny_model_folder, "compare", runs=(run,), reference="none")
    before = sheet(work)
    (weights,) = (other / "unet").glob("*.safetensors")
    tensors = {name: tensor * 1.05 for name, tensor in load_file(weights).items()}
    save_file(tensors, weights)
    after = sheet(work)
    assert not np.array_equal(before.films[0].x_t[-1], after.films[0].x_t[-1])


def test_progress_counts_every_call(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder), reference="none")
    done = [part for part in parts(work) if isinstance(part, Done)]
    assert done[-1] == Done(6 + 4 + 5, 6 + 4 + 5), "Heun asks twice but in the last step"
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    *_, last = [part for part in parts(work) if isinstance(part, Done)]
    assert last == Done(15 + 200, 15 + 200), "DDIM that keeps its ε̂ and the ODE have a reference each"
    *_, last = [part for part in parts(work) if isinstance(part, Done)]
    assert last == Done(15 + 200, 15 + 200, kept=15 + 200), "what was computed before takes no time"


def test_guided_steps_cost_twice_where_guidance_acts(tiny_model_folder: Path) -> None:
    spec = ModelSpec(str(tiny_model_folder), "ring", 3.0, guidance_low=40)
    run = RunSpec(spec, SamplerSpec("ddim", 10))
    work = bench(tiny_model_folder, "compare", runs=(run,), reference="none")
    sizes: list[int] = []
    work.model.network.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    made = sheet(work)
    assert sum(sizes) == 17 and made.rows[0].note == "17 network calls"
    assert "No run is compared with a reference" in made.remark


def test_the_distance_is_that_of_the_ends() -> None:
    settings = [(name, steps) for name in ("euler", "heun") for steps in (40, 10, 20)]
    runs = tuple(RunSpec(ModelSpec("gaussian"), SamplerSpec(name, steps)) for name, steps in settings)
    work = gaussian_bench("compare", runs=runs)
    made = sheet(work)
    plot = made.plots["distance to the reference"]
    assert [curve.name for curve in plot.curves] == ["Euler", "Heun"] and plot.log_x and plot.log_y
    x_T, alpha_bar = held_noise(0, (1, 6, 6)), work.model.schedule.alpha_bar_at(1000)
    # the ODE's end in closed form: a shift and a stretch
    exact = 0.1 + 0.4 / (alpha_bar * 0.16 + 1 - alpha_bar) ** 0.5 * (x_T - alpha_bar**0.5 * 0.1)
    for name, curve in zip(("euler", "heun"), plot.curves, strict=True):
        assert curve.x == (10, 20, 40) and curve.dots
        for steps, y in zip(curve.x, curve.y, strict=True):
            *_, last = SAMPLERS[name](work.model.denoiser(), x_T, work.model.schedule, steps=int(steps))
            assert y == pytest.approx(float((last.x_s - exact).square().mean().sqrt()), rel=0.03)
    assert made.rows[0].note == f"40 network calls · RMS {plot.curves[0].y[2]:.3g}"
    assert "1,000 steps of DPM-Solver++ 2M" in made.remark


def test_fresh_noise_has_no_single_right_end(tiny_model_folder: Path) -> None:
    model = ModelSpec(str(tiny_model_folder), "ring")
    runs = (RunSpec(model, SamplerSpec("ddpm", 4)), RunSpec(model, SamplerSpec("euler", 4)))
    made = sheet(bench(tiny_model_folder, "compare", runs=runs))
    assert made.rows[0].note == "4 network calls · no single right end" and "RMS" in made.rows[1].note
    assert "right end" not in made.remark, "which stays when the row is taken out"
    assert [curve.name for curve in made.plots["distance to the reference"].curves] == ["Euler"]


def test_rows_say_only_what_differs(tiny_model_folder: Path) -> None:
    model = ModelSpec(str(tiny_model_folder), "ring", 2.0)
    runs = (
        RunSpec(model, SamplerSpec("ddim", 5)),
        RunSpec(model, SamplerSpec("ddim", 5, params=params(eta=0.5))),
        RunSpec(dataclasses.replace(model, guidance=1.0), SamplerSpec("ddim", 5)),
    )
    heads, common = run_heads(runs)
    assert [head.title for head in heads] == ["η = 0 · w = 2", "η = 0.5 · w = 2", "η = 0 · w = 1"]
    assert common == "DDIM · 5 steps · ring · tiny"
    heads, common = run_heads((runs[0], RunSpec(model, SamplerSpec("heun", 9, params=params(grid="karras")))))
    assert [head.title for head in heads] == ["DDIM 5", "Heun 9 · karras"]
    assert common == "ring · w = 2 · tiny"
    anything = ModelSpec(str(tiny_model_folder), guidance=2.0)
    assert run_heads((RunSpec(anything, runs[0].sampler),))[1] == "any class · tiny", "guidance leads nowhere there"
    heads, _ = run_heads((runs[0], runs[0]))
    assert [head.title for head in heads] == ["DDIM 5", "DDIM 5"]


def test_models_are_named_by_what_tells_them_apart() -> None:
    names = ("/a/run1/checkpoint-5/unet", "/a/run2/checkpoint-5/unet", "smileys-32")
    assert list(model_names(names).values()) == ["run1/checkpoint-5", "run2/checkpoint-5", "smileys-32"]
    exact = "exact:two_moons", "exact:sha256:0a", "/a/net"
    assert list(model_names(exact).values()) == ["exact · two moons", "exact · your points", "net"]
    assert model_names(("/a/b", "/a/c")) == {"/a/b": "b", "/a/c": "c"}


@pytest.mark.parametrize("model, sampler, said", [
    ({}, SamplerSpec("ddim", 101), r"Row 2 \(.*\): steps = 101 is outside 1\.\.100"),
    ({}, SamplerSpec("ddim", 5, params=(("eta", 1.5),)), r"Row 2 .*eta = 1.5 is outside 0\.\.1"),
    ({"class_label": "cube"}, SamplerSpec("ddim", 5), r"Row 2 .*knows no class cube"),
    ({"guidance": 2.0, "guidance_low": 200}, SamplerSpec("ddim", 5), r"Row 2 .*acts nowhere"),
    ({}, SamplerSpec("ddpm", 5, params=(("variance", "learned_range"),)), r"Row 2 .*learned_range needs"),
    ({"name": "smileys-32"}, SamplerSpec("ddim", 5), "Row 2 .*another shape"),
    ({"name": "/nowhere"}, SamplerSpec("ddim", 5), "Row 2 .*nowhere"),
])  # fmt: skip
def test_a_bad_run_is_refused_before_anything_is_computed(
    tiny_model_folder: Path, model: dict[str, Any], sampler: SamplerSpec, said: str
) -> None:
    good = ModelSpec(str(tiny_model_folder), "ring")
    runs = (RunSpec(good, SamplerSpec("ddim", 5)), RunSpec(dataclasses.replace(good, **model), sampler))
    work = bench(tiny_model_folder, "compare", runs=runs)
    calls: list[int] = []
    work.model.network.register_forward_hook(lambda *_: calls.append(1))
    with pytest.raises(ValueError, match=said) as refused:
        parts(work)
    assert not calls and "\n" not in str(refused.value)


def with_scheduler(folder: Path, name: str, **changes: Any) -> Path:
    """A copy of a model with another scheduler."""
    other = Path(shutil.copytree(folder, folder.parent / name))
    file = other / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return other


@pytest.mark.parametrize("prediction, name, said", [
    ("v_prediction", "heun", "Row 2 .*σ is infinite"),
    ("epsilon", "ddim", "Row 2 .*predicts ε"),
])  # fmt: skip
def test_zero_terminal_snr_is_refused_where_it_does_not_fit(
    tiny_model_folder: Path, prediction: str, name: str, said: str
) -> None:
    other = with_scheduler(tiny_model_folder, "zero", rescale_betas_zero_snr=True, prediction_type=prediction)
    sampler = SamplerSpec("ddim", 3)
    runs = (RunSpec(ModelSpec(str(tiny_model_folder)), sampler), RunSpec(ModelSpec(str(other)), SamplerSpec(name, 3)))
    with pytest.raises(ValueError, match=said):
        parts(bench(tiny_model_folder, "compare", runs=runs))
    if prediction == "v_prediction":
        runs = (runs[0], RunSpec(ModelSpec(str(other), rederive_eps=True), sampler))
        made = sheet(bench(tiny_model_folder, "compare", runs=runs))
        assert "RMS" in made.rows[1].note


def test_a_model_of_another_T_runs_at_the_same_shares_of_it(tiny_model_folder: Path) -> None:
    other = with_scheduler(tiny_model_folder, "long", num_train_timesteps=400)
    runs = tuple(RunSpec(ModelSpec(str(folder)), SamplerSpec("ddim", 20)) for folder in (tiny_model_folder, other))
    made = sheet(bench(tiny_model_folder, "compare", runs=runs, reference="none"))
    assert made.films[1].levels[0] == 400 and [made.columns[j].title for j in (0, 7)] == ["T", "t = 0"]
    assert [made.cells[row, 0].note for row in (0, 1)] == ["t = 100", "t = 400"] and made.cells[1, 7].note == ""
    assert not np.array_equal(made.cells[1, 4].picture, made.cells[1, 0].picture)


def test_one_number_says_where_a_picture_is(tiny_model_folder: Path) -> None:
    runs = tuple(RunSpec(ModelSpec(str(tiny_model_folder)), SamplerSpec("ddim", steps)) for steps in (5, 100))
    made = sheet(bench(tiny_model_folder, "compare", runs=runs, reference="none"))
    for j, head in enumerate(made.columns):
        levels = [film.levels for film in made.films.values()]
        there = [f"t = {min(each, key=lambda level: abs(level - head.t)):g}" for each in levels]
        common = there[0] == there[1]
        assert head.title == (there[0] if common else f"near {7 - j}/7 T")
        assert [made.cells[row, j].note for row in (0, 1)] == (["", ""] if common else there)
    assert made.cells[0, 1].note == "t = 80" and made.cells[1, 1].note == "t = 86"
    stopped = dataclasses.replace(made, films={})  # before its rows were done
    assert [stopped.at(row, made.columns[1].t)[0] for row in (0, 1)] == [80, 86]


def test_it_can_be_stopped_between_two_parts(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    calls: list[int] = []
    work.model.network.register_forward_hook(lambda *_: calls.append(1))
    before = 0
    for _ in EXPERIMENTS["compare"](work):
        assert len(calls) - before <= 2, "a step of Heun at most"
        before = len(calls)
        if before > 20:
            break
    assert len(calls) <= 22
    assert isinstance(parts(work)[-1], Plot), "what was left can be begun again"


def test_films_arrive_when_their_row_is_done(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    assert [part.row for part in parts(work) if isinstance(part, Film)] == [0, 1, 2]
