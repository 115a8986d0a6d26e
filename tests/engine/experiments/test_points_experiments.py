"""The experiments on points: known orders, known errors, and what memorising is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import bench

from diffviz.diffusion import SCHEDULES, Mixture, Prediction
from diffviz.engine.experiments import EXPERIMENTS
from diffviz.engine.experiments.learning import _places, field_error
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.path_distance import mean_over_t
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.opening import open_model
from diffviz.kinds import POINTS
from diffviz.models import Model
from diffviz.models.cloud import cloud_network
from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene, params
from diffviz.sheet import Done, Part, Sheet
from diffviz.train.small import SmallRecipe, SmallTraining


@pytest.fixture(scope="module")
def model() -> Model:
    torch.set_num_threads(1)
    made = open_model("exact-50:eight_gaussians")
    process = replace(made.process, schedule=SCHEDULES["linear"](T=100))
    network = cloud_network(POINTS.read("builtin:eight_gaussians"), process.schedule, "cpu", 50)
    return replace(made, process=process, network=network)


def work(model: Model, name: str, /, **given: object) -> Workbench:
    scene = Scene(
        direction="reverse",
        model=ModelSpec(model.name),
        sampler=SamplerSpec("ddim", 60),
        experiment=ExperimentSpec(name, params(given)),
    )
    return Workbench(model, scene, Memory(), lambda _: model, POINTS.read("builtin:eight_gaussians").array)


def made(bench: Workbench) -> tuple[Sheet, list[Part]]:
    sheet, parts = Sheet(), list(EXPERIMENTS[bench.scene.experiment.name](bench))
    for part in parts:
        sheet = sheet.with_part(part)
    done = [part for part in parts if isinstance(part, Done)]
    assert done[-1].done == done[-1].total and len(done) > 3
    return sheet, parts


def test_paths_come_nearer_the_odes_with_more_steps_and_those_of_second_order_sooner(model: Model) -> None:
    sheet, _ = made(work(model, "path_distance", steps="10 40"))
    curves = {curve.name: curve.y for curve in sheet.plots["distance to the ODE's path"].curves}
    assert all(few > 2 * many for few, many in curves.values())
    assert curves["Heun"][1] < 0.3 * curves["DDIM"][1] and curves["DPM-Solver++ 2M"][1] < 0.5 * curves["DDIM"][1]
    assert sheet.pair == ((0, 0), (0, 2)), "not the reference beside itself"
    assert sheet.cells[0, 2].strong and "end" in sheet.cells[0, 0].note and "slope" in sheet.rows[0].note


@pytest.mark.parametrize("name", ["path_distance", "memorising"])
def test_the_model_is_called_as_it_is_in_the_window(model: Model, name: str) -> None:
    given = {"steps": "2"} if name == "path_distance" else {"atoms": "2"}
    sheet, _ = made(work(replace(model, name="exact:sha256:0a"), name, **given))
    assert "exact · your points" in sheet.remark and "sha256" not in sheet.remark


def test_of_an_exact_model_no_network_is_called(model: Model) -> None:
    sheet, _ = made(work(model, "compare", reference="none"))
    assert sheet.rows[0].note == "60 calls"


def test_a_mean_over_t_weighs_long_steps_as_they_are() -> None:
    assert mean_over_t({0: 0.0, 10: 1.0, 100: 1.0}) == pytest.approx((10 * 0.5 + 90) / 100)


def test_wider_and_longer_learns_better() -> None:
    sheet, _ = made(work(open_model("exact-50:two_moons"), "learning", widths="4 32", trained="5 150"))
    small, large = (curve.y for curve in sheet.plots["error of the field"].curves)
    assert large[1] < 0.9 * large[0] and large[1] < 0.9 * small[1]
    assert sheet.remark.startswith("Seed 0: three layers learn exact-50 · two moons, 2,000 points; they say ε.")
    assert sheet.cells[1, 1].note.startswith(f"error {large[1]:.3f}") and sheet.rows[1].note.endswith(" s")


def test_the_error_of_an_answer_that_is_right_but_for_a_step_is_that_step(model: Model) -> None:
    atoms = torch.from_numpy(POINTS.read("builtin:eight_gaussians").array)
    places, mixture = _places(atoms, work(model, "learning")), Mixture(atoms)

    def beside(x_t: torch.Tensor, t: float) -> Prediction:
        mean = mixture.mean(x_t[0], float(model.schedule.alpha_bar_at(t)))[None]
        return Prediction(mean + torch.tensor([0.3, 0.4]), x_t)

    assert field_error(beside, places) == pytest.approx(0.5, abs=1e-3)


def test_chains_end_at_the_points_that_are_known_and_a_few_have_another_field(model: Model) -> None:
    of_one = work(model, "memorising", atoms="5 200")
    scene = of_one.scene.replace(model=ModelSpec(model.name, class_label="even"))
    sheet, _ = made(replace(of_one, scene=scene))
    assert sheet.remark.startswith("All classes of exact-50 · eight gaussians;") and "even" not in sheet.remark
    assert [row.title for row in sheet.rows] == ["5 points", "200 points", "2,000 points"]
    few, more = (np.array(curve.y) for curve in sheet.plots["E[x_0|x_t] against that of all points"].curves)
    assert few[0] > more[0] > 0.01 and (more < few).mean() > 0.9
    known, others = sheet.plots["end of a chain to the nearest point"].curves
    assert max(known.y) < 0.05 and others.y[0] > others.y[1], "the more are known, the nearer are the others"
    ends = sheet.cells[0, 7].picture
    assert (ends.min(axis=2) < 200).sum() < 0.02 * ends[..., 0].size, "five places"
    assert "There are no" not in sheet.remark
    few_open, _ = made(work(model, "memorising", atoms="2 3000 5000"))
    assert [row.title for row in few_open.rows] == ["2 points", "2,000 points"]
    assert few_open.remark.endswith("There are no 3,000 and no 5,000 points: 2,000 are open.")


def test_where_no_network_is_asked_none_is_said_to_have_memorised(model: Model) -> None:
    rings = POINTS.read("builtin:rings")
    learnt = SmallTraining(rings, model.schedule, SmallRecipe(seconds=None, steps=1))
    beside = replace(model, name="my net", network=learnt.network)
    of_open = work(beside, "memorising", atoms="2")
    sheet, _ = made(replace(of_open, picture=rings.array))
    assert sheet.remark.startswith("All classes of the points that are open; ") and "my net" not in sheet.remark
    assert f" {of_open.scene.sampler.steps} from the x_T of seed 0." in sheet.remark


@pytest.mark.parametrize("name", ["path_distance", "learning", "memorising"])
def test_of_pictures_they_say_what_they_need(name: str, tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match="is of points"):
        list(EXPERIMENTS[name](bench(tiny_model_folder, name)))


def test_a_guided_cloud_is_narrower_about_its_middle() -> None:
    """Of all numbers together the deviation rises: guidance moves the cloud away from the other class."""
    whole = open_model("exact-200:two_moons")
    bench = work(whole, "weights", weights="1 4")
    spec = replace(bench.scene.model, class_label=whole.class_names[0])
    bench = replace(bench, scene=bench.scene.replace(model=spec, sampler=SamplerSpec("ddim", 20)))
    sheet, _ = made(bench)
    (curve,) = sheet.plots["spread of the end"].curves
    assert curve.name == "spread" and curve.y[1] < 0.95 * curve.y[0]
    assert "points about their middle" in sheet.remark and "satur" not in sheet.remark + sheet.rows[0].note
    far = np.array([[[0, 3], [2, 3]], [[0, -3], [2, -3]]])  # two clouds that lie on their axis, 6 apart
    assert POINTS.deviation(far) == pytest.approx(0.5**0.5)
    bench = work(whole, "guidance")
    guided, _ = made(replace(bench, scene=bench.scene.replace(model=replace(spec, guidance=4.0))))
    assert guided.rows[3].note == "conditional − unconditional, ×4"


def test_what_guided_points_and_inverted_ones_leave_out_is_counted() -> None:
    moons = open_model("exact-50:two_moons")
    upper = ModelSpec(moons.name, class_label="upper", guidance=9.0)

    def seen(name: str, **given: object) -> Sheet:
        asked = work(moons, name, **given)
        sampler = SamplerSpec("heun", 5) if name == "weights" else asked.scene.sampler
        return made(replace(asked, scene=asked.scene.replace(model=upper, sampler=sampler)))[0]

    guided = seen("guidance").cells
    assert guided[2, 0].note == "50 outside" and guided[2, 0].picture.min() == 255
    assert guided[2, 7].note == "", "near t = 0 all are seen"
    upper = replace(upper, guidance=50.0)
    strayed = seen("path_distance", steps="5").cells[2, 0]
    assert strayed.picture.min() == 255 and strayed.note.endswith(" · 400 outside"), "Heun leads far away"
    assert " outside" in seen("weights", weights="1 50").cells[1, 7].note
    inverted = seen("inversion", steps="4")
    note = inverted.cells[0, 1].note
    assert note.startswith("mean ") and " outside" in note
    assert " r " not in note and "neighbours" not in inverted.remark, "points have none in their order"
