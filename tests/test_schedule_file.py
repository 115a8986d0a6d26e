"""Files of β: what is read, what is refused in one sentence, and those that a person has named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.engine.denoising import make_schedule
from diffviz.scene import Scene, ScheduleSpec
from diffviz.scene_file import parsed, to_json
from diffviz.schedule_file import ScheduleError, own_path, own_schedules, read_schedule, save_own, schedule_text

LINEAR = SCHEDULES["linear"](T=50)
BETAS = LINEAR.beta[1:].tolist()


def written(folder: Path, value: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.mark.parametrize(
    "value",
    [
        BETAS,
        {"trained_betas": BETAS},
        {"betas": BETAS},
        {"beta_schedule": "linear", "trained_betas": BETAS, "num_train_timesteps": 50},
        schedule_text(BETAS),
    ],
    ids=["bare", "diffusers", "betas", "config", "ours"],
)
def test_a_list_of_beta_is_read_to_the_last_bit(tmp_path: Path, value: Any) -> None:
    spec = read_schedule(written(tmp_path, value))
    assert spec == ScheduleSpec("custom", 50, betas=tuple(BETAS), title="mine")
    assert np.array_equal(make_schedule(spec).beta, LINEAR.beta)


@pytest.mark.parametrize("first", [[], [1.0]])
def test_a_list_of_alpha_bar_is_read(tmp_path: Path, first: list[float]) -> None:
    spec = read_schedule(written(tmp_path, {"alphas_cumprod": first + LINEAR.alpha_bar[1:].tolist()}))
    np.testing.assert_allclose(make_schedule(spec).alpha_bar, LINEAR.alpha_bar, rtol=1e-12)


def test_diffusers_reads_what_is_written() -> None:
    diffusers = pytest.importorskip("diffusers")
    scheduler = diffusers.DDPMScheduler.from_config(json.loads(schedule_text(BETAS, zero_snr=True)))
    theirs = scheduler.alphas_cumprod.double().numpy()
    ours = make_schedule(ScheduleSpec("custom", 50, betas=tuple(BETAS), zero_snr=True)).alpha_bar[1:]
    np.testing.assert_allclose(theirs, ours, atol=1e-6)


def test_zero_terminal_snr_comes_along(tmp_path: Path) -> None:
    spec = read_schedule(written(tmp_path, schedule_text(BETAS, zero_snr=True)))
    assert spec.zero_snr and make_schedule(spec).alpha_bar[-1] == 0


@pytest.mark.parametrize(
    "value, sentence",
    [
        ([0.1, 0.0], "has β = 0 at t = 2, and every β lies between 0 and 1"),
        ([0.1, 1.0, 0.2], "has β = 1 at t = 2"),
        ([-0.1, 0.2], "has β = -0.1 at t = 1"),
        ("[0.1, NaN]", "has β = nan at t = 2"),
        ("[0.1, 1e999]", "has β = inf at t = 2"),
        ([0.1] * 10_001, "has 10,001 β, and T lies in 2..10,000"),
        ([0.1], "has 1 β, and T lies in 2..10,000"),
        ([0.1, "0.2"], "has β = 0.2 at t = 2, which is no number"),
        ([0.1, True], "has β = True at t = 2, which is no number"),
        ([[0.1, 0.2]], "has 1 β"),
        ({"alphas_cumprod": [0.9, 0.95]}, "has ᾱ = 0.95 at t = 2 after 0.9, and ᾱ falls"),
        ({"alphas_cumprod": [0.9, 0.0]}, "has ᾱ = 0 at t = 2 after 0.9"),
        ({"alphas_cumprod": [0.9, None]}, "has ᾱ = None at t = 2, which is no number"),
        ({"trained_betas": "linear"}, "has linear where a list of β is expected"),
        ({"trained_betas": None, "beta_schedule": "linear"}, 'has neither "trained_betas" nor "alphas_cumprod"'),
        ("0.5", "has 0.5 where a list of β is expected"),
        ("{", "is not valid JSON"),
        ("[" * 5000, "nested too deep"),
    ],
)
def test_what_is_no_schedule_is_refused_in_one_sentence(tmp_path: Path, value: Any, sentence: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        read_schedule(written(tmp_path, value))
    words = str(caught.value)
    assert words.startswith("mine.json: ") and sentence in words and "\n" not in words
    assert words.endswith("choose a JSON list of β, or one with trained_betas or alphas_cumprod.")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="there is no such file"):
        read_schedule(tmp_path / "gone.json")


def test_a_scene_keeps_the_list_to_the_last_bit() -> None:
    spec = ScheduleSpec("custom", 80, betas=tuple(BETAS), title="mine ñ", zero_snr=True)
    assert parsed(to_json(Scene(t=9, schedule=spec))).scene.schedule == spec
    assert make_schedule(spec).T == 80
    assert make_schedule(ScheduleSpec("custom", 50, betas=tuple(BETAS))).T == 50
    unscaled = ScheduleSpec("linear", 200, scaled=False)
    assert parsed(to_json(Scene(t=9, schedule=unscaled))).scene.schedule == unscaled
    assert make_schedule(unscaled).alpha_bar[-1] == pytest.approx(0.132, abs=1e-3)  # of a shorter way less noise
    assert np.array_equal(make_schedule(ScheduleSpec("linear", 1000, scaled=False)).beta, SCHEDULES["linear"]().beta)


def test_those_that_a_person_has_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path))
    assert own_schedules() == []
    save_own("slow start", BETAS, False)
    save_own("b", BETAS, True)
    assert own_schedules() == ["b", "slow start"]
    assert read_schedule(own_path("slow start")).title == "slow start"
    for title in ("", "a/b", "../x", ".hidden", "x" * 61, "a:b"):
        with pytest.raises(ScheduleError, match=r"^\S.* is no name for a schedule"):
            own_path(title)
