"""Clouds of points as models: by their names, by their files, and by what is open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.diffusion import Mixture
from diffviz.engine.chain import run_chain
from diffviz.engine.opening import open_model
from diffviz.kinds import POINTS
from diffviz.kinds.points import Points
from diffviz.models import ModelError
from diffviz.scene import ModelSpec, SamplerSpec, Scene

SQUARE = np.array([(x, y) for x in (-1, 1) for y in (-1, 1)], np.float32)


@pytest.mark.parametrize("name", ["moons", "two_moons", "exact:two_moons"])
def test_a_cloud_that_ships_by_its_name(name: str) -> None:
    model = open_model(name)
    assert model.kind is POINTS and model.sample_shape == (5000, 2) and model.class_names == ("lower", "upper")
    assert model.summary.startswith("draws 5,000 points in the plane · x_0 · linear 1000 · no clip")
    assert not model.learned_variance and model.sampling is None


def test_it_says_what_the_mixture_says_and_of_a_class_what_that_says() -> None:
    model, cloud = open_model("exact-30:rings"), POINTS.read("builtin:rings")
    x = torch.randn((2, 30, 2), generator=torch.Generator().manual_seed(1))
    mixture = Mixture(torch.from_numpy(cloud.array), torch.from_numpy(cloud.labels))
    alpha_bar = float(model.schedule.alpha_bar[300])
    for label, k in ((None, -1), ("inner", 0), ("outer", 1)):
        expected = mixture.mean(x.reshape(-1, 2), alpha_bar, k).view_as(x)
        assert torch.allclose(model.denoiser(label)(x, 300).x0_hat, expected, atol=1e-5)
    one, other = (model.denoiser(label)(x, 300).x0_hat for label in (None, "outer"))
    guided = model.denoiser("outer", guidance=3.0)(x, 300).x0_hat
    assert torch.allclose(guided, one + 3 * (other - one), atol=1e-4)


def test_a_file_and_what_is_open(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("".join(f"{x},{y}\n" for x, y in SQUARE))
    model = open_model(f"exact-100:{tmp_path / 'mine.csv'}")
    assert model.sample_shape == (100, 2) and model.class_names == ()
    *_, last = run_chain(model, Scene(count=4, sampler=SamplerSpec("ddpm", 20)))
    ends = last.values[0]
    assert ends.shape == (4, 100, 2) and float(np.abs(np.abs(ends) - 1).max()) < 0.05
    assert len({tuple(np.sign(place)) for place in ends[0]}) == 4, "each corner is reached"
    opened = open_model(f"exact:sha256:{'0' * 64}", datum=Points(SQUARE, "drawn"))
    assert opened.sample_shape == (5000, 2)


def test_of_a_large_cloud_fewer_points_are_drawn() -> None:
    many = Points(np.random.default_rng(0).normal(size=(100_000, 2)).astype(np.float32), "many")
    assert open_model(f"exact:sha256:{'0' * 64}", datum=many).sample_shape == (500, 2)


def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("1,2\n" * 30 + "5,x\n")
    for name, why in (
        (f"exact:sha256:{'0' * 64}", "no longer kept"),
        (f"exact:{tmp_path / 'bad.csv'}", "not two columns"),
        ("exact-99999:moons", "outside 1"),
    ):
        with pytest.raises(ModelError, match=why):
            open_model(name)


def test_the_settings_of_a_chain_count(tmp_path: Path) -> None:
    model = open_model("exact-50:moons")

    def end(**changes: object) -> np.ndarray:
        scene = Scene(model=ModelSpec(class_label="upper"), sampler=SamplerSpec("ddim", 10)).replace(**changes)
        *_, last = run_chain(model, scene)
        return last.values[0]

    assert np.array_equal(end(), end()) and not np.array_equal(end(), end(seed=1))
    assert np.array_equal(end(count=4)[:1], end()), "the number of samples changes no sample"
