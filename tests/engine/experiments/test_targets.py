"""Why is the target the noise? What one x_t tells of each target, in closed form for a single picture."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, sheet

from diffviz.diffusion import posterior_coefficients
from diffviz.engine.experiments.data_set import data_set
from diffviz.engine.experiments.targets import TARGETS, pairs_at
from diffviz.models import ModelError
from diffviz.models.pictures import PictureSet, write_picture_sheet


@pytest.fixture
def model_folder(tiny_model_folder: Path) -> Path:
    pixels = np.random.default_rng(0).integers(110, 146, (9, 3, 8, 8), dtype=np.uint8)
    write_picture_sheet(tiny_model_folder, PictureSet(pixels, np.arange(9) // 8, ("many", "one")))
    return tiny_model_folder


def test_what_is_left_of_the_step_is_the_posteriors_own_variance(model_folder: Path) -> None:
    """Of a data set of one picture ε and x_0 are known, and the step is not: β̃ of it is fresh noise."""
    work = bench(model_folder, "targets", pictures=1)
    data = data_set(work)
    x_0 = data.x[:1].repeat(400, 1, 1, 1)
    for t in (2, 50, 100):
        (eps, eps_hat), (x, x_hat), (step, step_hat) = pairs_at(work, data, x_0, t)
        assert float(eps.std()) == pytest.approx(1, abs=0.02)
        assert float((x_0 - x).abs().max()) == 0 and eps_hat.shape == x_hat.shape == step.shape
        c_0, c_t, variance = posterior_coefficients(t, t - 1, work.model.schedule)
        left = float((step - step_hat - c_0 * (x_hat - x_0)).square().mean())  # with the true x_0 for the mean
        assert left == pytest.approx(variance, rel=0.02)
        assert c_t < 1


def test_shares_sizes_and_pictures_stand_in_the_sheet(model_folder: Path) -> None:
    made = sheet(bench(model_folder, "targets", pictures=8))
    assert len(made.rows) == 6 and made.columns[0].t == 100 and made.columns[-1].t == 1
    shares = dict(zip(TARGETS, made.plots["What a perfect predictor says"].curves, strict=True))
    sizes = dict(zip(TARGETS, made.plots["Size of the target"].curves, strict=True))
    assert shares["ε"].y[-1] > 0.95 > 0.2 > shares["x_t − x_{t−1}"].y[-1]
    assert shares["x_0"].y[0] > 0.99 > shares["x_0"].y[-1]
    assert sizes["ε"].y == pytest.approx([1.0] * len(sizes["ε"].y), abs=0.1)
    assert len(set(sizes["x_0"].y)) == 1
    assert made.cells[1, 0].note.endswith("% told") and "9 pictures" in made.remark
    parts = made.plots["The next step's parts"].curves
    assert parts[0].x[0] == parts[1].x[0] == 1 and parts[0].y[0] > 0 == parts[1].y[0], "the last step draws nothing"


def test_of_x_0_only_what_differs_between_pictures_counts_as_told(model_folder: Path) -> None:
    """A bright mean changes nothing: at T, where x_t is nearly noise, the share is that of dark pictures."""
    shares = []
    for bright in (0, 90):
        pixels = np.random.default_rng(0).integers(110, 146, (9, 3, 8, 8), dtype=np.uint8) + np.uint8(bright)
        write_picture_sheet(model_folder, PictureSet(pixels, np.zeros(9, int), ("one",)))
        made = sheet(bench(model_folder, "targets", pictures=9))
        shares.append(dict(zip(TARGETS, made.plots["What a perfect predictor says"].curves, strict=True))["x_0"].y[-1])
    assert shares[0] == pytest.approx(shares[1], abs=0.05) and shares[1] < 0.3


@pytest.mark.parametrize(
    "prediction, said", [("epsilon", "predicts ε"), ("x0", "predicts x_0"), ("v", "−x_0 near T"), ("flow", "ε − x_0")]
)
def test_it_says_what_the_network_predicts(model_folder: Path, prediction: str, said: str) -> None:
    work = bench(model_folder, "targets", pictures=2)
    process = dataclasses.replace(work.model.process, prediction=prediction)
    work = dataclasses.replace(work, model=dataclasses.replace(work.model, process=process))
    assert said in sheet(work).remark


def test_without_pictures_it_is_refused_with_the_remedy(tiny_model_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"choose the folder"):
        sheet(bench(tiny_model_folder, "targets"))
