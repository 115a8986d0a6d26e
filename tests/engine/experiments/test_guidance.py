"""Guidance: the predictions shown are the network's own, at the chain's x_t; weights are runs."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from benches import bench, parts, sheet
from pixels import to_uint8

from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.workbench import Workbench
from diffviz.models import load_model
from diffviz.scene import SamplerSpec
from diffviz.sheet import Done, Outline


def guided_bench(folder: Path, name: str = "guidance", given: dict[str, Any] | None = None, **spec: Any) -> Workbench:
    work = bench(folder, name, **(given or {}))
    model = dataclasses.replace(work.scene.model, **{"class_label": "ring", "guidance": 3.0, **spec})
    return dataclasses.replace(work, scene=work.scene.replace(model=model, sampler=SamplerSpec("ddim", 12)))


def test_rows_are_the_predictions_at_the_chains_own_states(tiny_model_folder: Path) -> None:
    work = guided_bench(tiny_model_folder, given={"amplify": 10})
    made = sheet(work)
    assert [row.title for row in made.rows] == ["conditional", "unconditional", "guided", "difference"]
    assert "×10" in made.rows[3].note and made.rows[2].note == "w = 3"
    states = {state.t: state for state in run_chain(work.model, work.scene)}
    cond, uncond = (work.model.denoiser(label, clip=None) for label in ("ring", None))
    for j, head in enumerate(made.columns):
        assert head.t is not None
        state = states[head.t]
        assert state.values is not None
        x_t = torch.from_numpy(state.values[0])
        pair = [denoise(x_t, head.t).x0_hat.clamp(-1, 1) for denoise in (cond, uncond)]
        for row, expected in ((0, to_uint8(pair[0])), (1, to_uint8(pair[1])), (3, to_uint8(10 * (pair[0] - pair[1])))):
            off = np.abs(made.cells[row, j].picture.astype(int) - expected[0])
            assert off.max() <= 1, "both in one batch, which rounds in another way"
        assert np.array_equal(made.cells[2, j].picture, state.shown.x0_hat[0])
    assert made.columns[0].t == 100 and len(made.columns) == 8


def test_the_gap_is_the_networks(tiny_model_folder: Path) -> None:
    work = guided_bench(tiny_model_folder)
    made = sheet(work)
    eps, x0 = made.plots["conditional − unconditional"].curves
    assert eps.x == x0.x and len(eps.x) == 12 and max(eps.x) == 100
    for t, eps_gap, x0_gap in zip(eps.x, eps.y, x0.y, strict=True):
        alpha_bar = work.model.schedule.alpha_bar_at(t)
        assert x0_gap == pytest.approx(eps_gap * math.sqrt((1 - alpha_bar) / alpha_bar), rel=1e-3), "the same x_t"
    *_, last = run_chain(work.model, work.scene)
    assert last.values is not None
    strongest = eps.x[int(np.argmax(eps.y))]
    assert f"t = {strongest:g} " in made.remark


def test_a_dynamic_threshold_is_shown_as_the_chain_has_it(tiny_model_folder: Path) -> None:
    dynamic, plain = (guided_bench(tiny_model_folder, clip=clip) for clip in ("dynamic", "static"))
    shown = [sheet(work).cells[0, 0].picture for work in (dynamic, plain)]
    assert not np.array_equal(*shown)
    x_T = next(iter(run_chain(dynamic.model, dynamic.scene))).values
    assert x_T is not None
    expected = dynamic.model.denoiser("ring", clip="dynamic")(torch.from_numpy(x_T[0]), 100).x0_hat
    assert np.abs(shown[0].astype(int) - to_uint8(expected)[0]).max() <= 1


def test_where_guidance_acts_is_outlined(tiny_model_folder: Path) -> None:
    made = sheet(guided_bench(tiny_model_folder, guidance_low=30, guidance_high=70))
    strong = [made.cells[2, j].strong for j in range(8)]
    assert strong == [head.t is not None and 30 <= head.t <= 70 for head in made.columns] and 0 < sum(strong) < 8
    assert "at t = 30..70" in made.rows[2].note
    off = np.array([np.abs(made.cells[2, j].picture.astype(int) - made.cells[0, j].picture).max() for j in range(8)])
    assert (off[~np.array(strong)] <= 1).all(), "outside, the guided one is the conditional one"
    assert not any(cell.strong for cell in sheet(guided_bench(tiny_model_folder)).cells.values())


def test_guidance_is_computed_once_and_counted(tiny_model_folder: Path) -> None:
    work = guided_bench(tiny_model_folder)
    seen: list[int] = []
    work.model.network.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    done = [part for part in parts(work) if isinstance(part, Done)]
    assert done[-1] == Done(48, 48) and sum(seen) == 48
    more = dataclasses.replace(work.scene.experiment, params=(("amplify", 20.0),))
    sheet(dataclasses.replace(work, scene=work.scene.replace(experiment=more)))
    assert sum(seen) == 48, "another factor asks nothing"


def test_weights_are_runs_of_their_own(tiny_model_folder: Path) -> None:
    work = guided_bench(tiny_model_folder, "weights", {"weights": "4 0 1"})
    made = sheet(work)
    assert [row.title for row in made.rows] == ["w = 4", "w = 0", "w = 1"]
    (curve,) = made.plots["contrast of the end"].curves
    assert curve.x == (0, 1, 4)
    for row, w in enumerate((4.0, 0.0, 1.0)):
        model = dataclasses.replace(work.scene.model, guidance=w)
        states = list(run_chain(work.model, work.scene.replace(model=model)))
        assert np.array_equal(made.films[row].x_t[-1], states[-1].shown.x_t[0])
        assert states[-1].values is not None
        assert curve.y[curve.x.index(w)] == pytest.approx(float(states[-1].values[0].std()), rel=1e-5)
        calls = 12 if w == 1 else 24
        assert made.rows[row].note.startswith(f"{calls} network calls · contrast ")


@pytest.mark.parametrize("label", ["red hair", "red hair | blue hat"])
def test_words_are_compared_with_none(told_folder: Path, label: str) -> None:
    work = guided_bench(told_folder, class_label=label, blend=0.25)
    made = sheet(work)
    assert "red hair" in made.rows[0].note and made.rows[1].note == "x̂_0 of no words"
    assert "the words change" in made.remark
    x_T = next(iter(run_chain(work.model, work.scene))).values
    assert x_T is not None
    told = label.split(" | ")
    blended: dict[str, Any] = {"blended_with": told[1], "blend": 0.25} if len(told) > 1 else {}
    for row, denoise in enumerate((work.model.denoiser(told[0], **blended), work.model.denoiser(None))):
        expected = to_uint8(denoise(torch.from_numpy(x_T[0]), 100).x0_hat)[0]
        assert np.abs(made.cells[row, 0].picture.astype(int) - expected).max() <= 1
    assert sheet(guided_bench(told_folder, "weights", class_label=label)).remark.startswith(f"DDIM 12 · {label} · ")


@pytest.mark.parametrize("wanted", ["red hair", ""])
def test_what_is_not_wanted_stands_in_the_place_of_none(told_folder: Path, wanted: str) -> None:
    work = guided_bench(told_folder, class_label=f"{wanted}, no blue hat")
    made = sheet(work)
    assert [row.note for row in made.rows[:2]] == [f"x̂_0 of {wanted or 'no words'}", "x̂_0 of blue hat, not wanted"]
    x_T = next(iter(run_chain(work.model, work.scene))).values
    assert x_T is not None
    guided = work.model.denoiser(wanted, work.scene.model.guidance, away_from="blue hat")
    for row, denoise in enumerate((work.model.denoiser(wanted), work.model.denoiser("blue hat"), guided)):
        expected = to_uint8(denoise(torch.from_numpy(x_T[0]), 100).x0_hat)[0]
        assert np.abs(made.cells[row, 0].picture.astype(int) - expected).max() <= 1
    weights = guided_bench(told_folder, "weights", {"weights": "0 1 2"}, class_label=f"{wanted}, no blue hat")
    (outline,) = (part for part in parts(weights) if isinstance(part, Outline))
    assert [row.note for row in outline.rows] == ["blue hat, not wanted", "off", ""]


@pytest.mark.parametrize("label", [None, "zebra"])
def test_words_that_say_nothing_are_refused(told_folder: Path, label: str | None) -> None:
    with pytest.raises(ValueError, match="words with none"):
        parts(guided_bench(told_folder, class_label=label))


@pytest.mark.parametrize("name", ["guidance", "weights"])
def test_what_makes_no_sense_is_refused(tiny_model_folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="choose a class"):
        parts(guided_bench(tiny_model_folder, name, class_label=None))
    (tiny_model_folder / "diffviz.json").unlink()
    work = dataclasses.replace(
        guided_bench(tiny_model_folder, name, class_label="1"), model=load_model(str(tiny_model_folder), "cpu")
    )
    with pytest.raises(ValueError, match="no null class"):
        parts(work)


def test_weights_outside_are_refused(tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match=r"weights: 51 is outside 0\.\.50"):
        parts(guided_bench(tiny_model_folder, "weights", {"weights": "1 51"}))
