"""The glossary's entries are whole, found by their words, and shown in a scene that can be saved."""

from __future__ import annotations

import pytest

from diffviz.scene import DataSpec, InpaintSpec, Leg, ModelSpec, Scene, ViewSpec
from diffviz.scene_check import check_scene
from diffviz.session.glossary import explain, output_tip, shown
from diffviz.session.lookup import found
from diffviz.session.terms import TERMS


@pytest.mark.parametrize("key", TERMS)
def test_an_entry_is_whole_and_can_be_shown(key: str) -> None:
    term = TERMS[key]
    assert all((term.name, term.sign, term.formula, term.meaning, term.paper))
    assert "_" not in term.name + term.sign + term.formula + term.meaning and "-" not in term.formula
    check_scene(shown(Scene(), key))
    assert term.meaning in explain(key)


def test_entries_are_found_by_any_of_their_words() -> None:
    assert found("") == list(TERMS)
    assert "ddim" in found("Song implicit") and "guidance" in found("GUIDANCE free")
    assert found("no such word") == []
    assert found("ODE")[0] == "ode" and TERMS["ode"].name == "probability-flow ODE"  # models have those letters too
    assert found("esser larger pictures") == ["shift"] and found("preconditioning")[0] == "edm"


def test_a_sign_is_found_as_it_is_written_or_typed() -> None:
    for typed in ("x0", "x_0", "x₀"):
        assert found(typed)[:2] == ["x_0", "x0_hat"], typed
    assert found("x̂_0")[0] == "x0_hat" and found("ᾱ")[0] == "alpha_bar" and found("Xt")[0] == "x_t"


@pytest.mark.parametrize("typed", ["c0", "c_0", "c_t", "coefficient", "posterior"])
def test_the_posterior_is_found_by_its_coefficients_and_holds_the_true_picture(typed: str) -> None:
    assert found(typed)[0] == "posterior"
    term = TERMS["posterior"]
    assert "x<sub>0</sub>" in term.formula and "x̂" not in term.formula  # the guess makes it the reverse step
    assert "c<sub>0</sub> =" in term.formula and "c<sub>t</sub> =" in term.formula


@pytest.mark.parametrize(("word", "said"), [("v", "<b>v</b>"), ("ε", "<b>ε</b>"), ("x_0", "x<sub>0</sub>")])
def test_what_a_network_returns(word: str, said: str) -> None:
    assert said in output_tip(f"32x32 RGB · {word} · linear 1000 · clip · cpu")
    assert output_tip("") == ""
    exact = output_tip("5,000 points in the plane · x_0 · linear 1000 · no clip · cpu", exact=True)
    assert "trained" not in exact and "no network" in exact and "ε̂ follows" in exact


@pytest.mark.parametrize(("key", "experiment"), [("loss", "loss"), ("velocity", "translator"), ("exact", "copies")])
def test_what_an_experiment_shows_opens_it_in_the_laboratory(key: str, experiment: str) -> None:
    scene = shown(Scene(), key)
    assert scene.laboratory and scene.experiment.name == experiment


def test_why_ode_and_sde_have_the_same_marginals_is_told_by_both() -> None:
    assert found("SDE")[0] == "sde" and found("ode")[0] == "ode" and set(found("marginal")) == {"ode", "sde"}
    for key in ("ode", "sde"):
        assert "marginal" in TERMS[key].meaning and "the same Fokker–Planck equation" in TERMS[key].meaning
        assert "sec. 4.3" in TERMS[key].paper
    assert "keeps q(x<sub>t</sub>)" in TERMS["ode"].meaning
    assert "½ g² s" in TERMS["ode"].formula and "g dw̄" in TERMS["sde"].formula
    assert "SDE" in TERMS["ddpm"].meaning and "ODE" in TERMS["ddim"].meaning


@pytest.mark.parametrize(("key", "way"), [("ode", "reverse"), ("sde", "reverse"), ("score", "forward")])
def test_what_is_seen_over_points_alone_opens_some(key: str, way: str) -> None:
    scene = Scene(count=9, start=300, history=(Leg(),), inpaint=InpaintSpec("builtin:ring"))
    seen = shown(scene, key)
    assert (seen.way, seen.data, seen.model.name) == (way, DataSpec("points", "builtin:two_moons"), "exact:two_moons")
    assert (seen.count, seen.start, seen.history, seen.inpaint.mask) == (1, 0, (), "")
    assert seen.view.density and seen.view.arrows and seen.view.paths
    own = seen.replace(data=DataSpec("points", "builtin:spiral"), count=4)
    assert shown(own, key).data == own.data and shown(own, key).count == 1, "points that are open stay"


def test_what_guidance_loses_and_what_memorising_is_can_be_looked_up() -> None:
    assert "breadth is lost" in TERMS["guidance"].meaning and "ln p(class | x<sub>t</sub>)" in TERMS["guidance"].meaning
    assert found("memorising") == ["exact"] and found("breadth") == ["guidance"]


def test_guidance_is_shown_with_a_class_and_a_weight() -> None:
    seen = shown(Scene(), "guidance", ("cat", "dog"))
    assert (seen.way, seen.model.class_label, seen.model.guidance) == ("reverse", "cat", 4.0)
    assert seen.data == Scene().data, "what is open stays"
    mine = Scene(model=ModelSpec(class_label="dog", guidance=2.5), count=9)
    seen = shown(mine, "guidance", ("cat", "dog"))
    assert (seen.model, seen.count) == (mine.model, 9), "what is guided already stays so"
    rings = mine.replace(data=DataSpec("points", "builtin:rings"))
    assert shown(rings, "guidance", ("inner", "outer")).model.class_label == "inner"
    assert shown(rings, "guidance", ("inner", "outer")).count == 1
    roll = mine.replace(data=DataSpec("points", "builtin:swiss_roll"), model=ModelSpec("exact:swiss_roll"))
    for without in (roll, Scene()):
        seen = shown(without, "guidance")
        assert seen.data == DataSpec("points", "builtin:two_moons"), "of what has no classes there is no guidance"
        assert (seen.model.name, seen.model.class_label, seen.model.guidance) == ("exact:two_moons", "upper", 4.0)


def test_curves_are_shown_in_the_lens_that_draws_them() -> None:
    """Beside another lens “show me” of SNR led to nothing that was seen."""
    assert shown(Scene(view=ViewSpec(lens="map")), "snr").view.lens == "schedule"
