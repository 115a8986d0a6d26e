"""Names and declared parameters of schedules, samplers and experiments, for menus, the command line and tests.

Numbers and words only: no torch, no Qt. The functions behind the names live in ``diffviz.diffusion`` and
``diffviz.engine.experiments``; a test holds both sides together.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from typing import Any

from diffviz import experiment_catalog
from diffviz.assets import builtin_images
from diffviz.entries import Entry, Param, table

EXPERIMENTS = experiment_catalog.EXPERIMENTS

_BETA_ENDS = (
    Param("beta_start", "β<sub>1</sub>", None, 1e-6, 0.999, 6, tip="β at t = 1. Default: the paper's, times 1000/T."),
    Param("beta_end", "β<sub>T</sub>", None, 1e-6, 0.999, 6, tip="β at t = T. Default: the paper's, times 1000/T."),
)
_SHIFT = Param(
    "shift",
    "shift",
    1.0,
    0.1,
    20.0,
    2,
    tip="Multiplies σ = √((1-ᾱ)/ᾱ). Larger pictures need more noise: their side over 64 (Hoogeboom et al. 2023), or 3 "
    "(Esser et al. 2024). 1: none.",
)

# of a formula: a name, T and parameters say all of it
SCHEDULES = table(
    Entry("linear", "linear", "β rises linearly from 1e-4 to 0.02 (Ho et al. 2020).", _BETA_ENDS),
    Entry("scaled_linear", "scaled linear", "√β rises linearly, 0.00085 to 0.012 (Rombach et al. 2022).", _BETA_ENDS),
    Entry("quadratic", "quadratic", "√β rises linearly, 1e-4 to 0.02.", _BETA_ENDS),
    Entry(
        "cosine",
        "cosine",
        "ᾱ falls like a squared cosine (Nichol & Dhariwal 2021, eq. 17).",
        (Param("s", "s", 0.008, 0.0, 0.2, 4, tip="Offset that keeps β small near t = 0."), _SHIFT),
    ),
    Entry("sigmoid_beta", "sigmoid in β", "β follows a sigmoid between its ends (GeoDiff).", _BETA_ENDS),
    Entry(
        "sigmoid",
        "sigmoid in ᾱ",
        "ᾱ follows a sigmoid (Jabri et al. 2022).",
        (
            Param("start", "start", -3.0, -10.0, 2.9, 2, tip="Where on the sigmoid t = 0 lies."),
            Param("end", "end", 3.0, 3.0, 10.0, 2, tip="Where on the sigmoid t = T lies."),
            Param("tau", "τ", 1.0, 0.1, 3.0, 2, tip="Temperature: smaller is steeper."),
        ),
    ),
    Entry(
        "constant",
        "constant",
        "The same β at every step.",
        (Param("beta", "β", None, 1e-6, 0.999, 6, tip="β of every step. Default 0.01 times 1000/T."),),
    ),
    Entry("exponential", "exponential", "ᾱ = exp(-12 t/T)."),
    Entry(
        "flow",
        "flow matching",
        "The straight way (1-τ) x_0 + τ ε with τ = t/T, brought to variance 1 (Lipman et al. 2023).",
        (_SHIFT,),
    ),
)
CUSTOM = Entry("custom", "custom", "A list of β of your own: imported, or drawn in the designer.")


def schedule(name: str) -> Entry:
    """What menus say of a scene's schedule: one of a formula, or a list."""
    return CUSTOM if name == CUSTOM.name else SCHEDULES[name]


_GRID = Param(
    "grid",
    "grid",
    "steps",
    choices=("steps", "karras", "exponential"),
    tip="steps: whole t, as the spacing says. karras (ρ = 7), exponential: spread in σ, whatever the spacing.",
)

SAMPLERS = table(
    Entry(
        "ddpm",
        "DDPM",
        "Ancestral sampling from the posterior q(x_s | x_t, x̂_0): the reverse SDE in steps (Ho et al. 2020).",
        (
            Param(
                "variance",
                "variance",
                "fixed_small",
                choices=("fixed_small", "fixed_large", "learned_range"),
                tip="Fixed small is β̃, the posterior's own variance; fixed large is β; learned range lies between, "
                "as the network says for each pixel, where it has learned to.",
            ),
        ),
    ),
    Entry(
        "ddim",
        "DDIM",
        "Implicit sampling: the ODE at η = 0, deterministic; the SDE at η = 1 (Song et al. 2021, eq. 12).",
        (
            Param("eta", "η", 0.0, 0.0, 1.0, 2, tip="0: no fresh noise. 1: as much as DDPM's fixed_small."),
            Param(
                "last",
                "last ᾱ",
                "one",
                choices=("one", "first"),
                tip="Where the last step arrives: at ᾱ = 1, the clean picture, or at the ᾱ of t = 1, as most latent "
                "models want it (set_alpha_to_one: false).",
            ),
        ),
    ),
    Entry(
        "euler",
        "Euler",
        "The probability-flow ODE in σ, first order (Karras et al. 2022).",
        (_GRID,),
        "euler_ancestral",
    ),
    Entry(
        "euler_ancestral",
        "Euler ancestral",
        "The SDE: an Euler step below the next σ, and fresh noise up to it; the ODE at η = 0.",
        (Param("eta", "η", 1.0, 0.0, 1.0, 2, tip="0: no fresh noise, which is Euler. 1: all that fits."), _GRID),
    ),
    Entry(
        "heun",
        "Heun",
        "The probability-flow ODE in σ, second order: two network calls a step (Karras et al. 2022, algorithm 1).",
        (_GRID,),
        "euler_ancestral",
    ),
    Entry(
        "dpmpp_2m",
        "DPM-Solver++ 2M",
        "The probability-flow ODE in ln σ, second order: this step's prediction and the last one's (Lu et al. 2022).",
        (_GRID,),
        "euler_ancestral",
    ),
)

# How x̂_0 is kept in the pictures' range.
CLIPS = table(
    Entry("own", "model's own", "As the model's scheduler says."),
    Entry("static", "static", "x̂_0 is clamped to [-1, 1]."),
    Entry("dynamic", "dynamic", "To its 0.995-quantile s, then divided by s (Saharia et al. 2022)."),
    Entry("none", "none", "x̂_0 stays as the network says."),
)


def defaults(sampler: str) -> dict[str, Any]:
    """The parameters of a sampler where none is given."""
    return {param.name: param.default for param in SAMPLERS[sampler].params}


def experiment_defaults(experiment: str) -> dict[str, Any]:
    """The parameters of an experiment where none is given."""
    return {param.name: param.default for param in EXPERIMENTS[experiment].params}


def begins_with_picture(experiment: str, params: Iterable[tuple[str, float | str]]) -> bool:
    """Whether an experiment with these parameters begins with the picture that is open."""
    return EXPERIMENTS[experiment].picture and dict(params).get("between") != "seeds"


def unread(experiment: str, params: Iterable[tuple[str, float | str]]) -> frozenset[str]:
    """The settings of a chain that an experiment with these parameters does not read; "guidance" is all of it."""
    given, found = dict(params), EXPERIMENTS[experiment].unread
    if experiment == "convergence" and given.get("grid") != "steps":
        return found | {"spacing"}
    if experiment == "interpolation" and given.get("noise") == "inverted" and given.get("between") != "seeds":
        return experiment_catalog.OF_ODE
    return found


# the clouds that ship, in the plane and on a line; ``kinds.clouds`` makes them in this order
POINTS = ("two_moons", "swiss_roll", "spiral", "checkerboard", "eight_gaussians", "rings", "smiley")
LINES = ("two_deltas", "two_gaussians", "uniform", "three_classes")


def exact_cloud(name: str) -> str:
    """The model of a cloud that ships, of which "two_moons" and "moons" are short names; any other name as it is."""
    short = {"moons": "two_moons", **{cloud: cloud for cloud in (*POINTS, *LINES)}}
    return f"exact:{short[name]}" if name in short else name


def model_name(name: str) -> str:
    """What a model is called: its folder; data whose exact denoiser stands for one, "exact · faces"."""
    kind, colon, data = name.partition(":")
    if not colon or not kind.startswith("exact"):
        return last_name(name)
    ships = data in (*POINTS, *LINES)
    cloud = "your points" if data.startswith("sha256:") else data.replace("_", " ") if ships else ""
    return f"{kind} · {cloud or last_name(data)}"


def last_name(path: str) -> str:
    """The last name of a path, without control characters: names of files come from strangers."""
    name = os.path.basename(path.rstrip("/\\")) or path
    return "".join(c if c.isprintable() else " " for c in name)[:40]


# the sounds that ship; ``kinds.sounds`` makes them in this order
SOUNDS = ("drum", "pluck", "bell", "chord", "vowel")

KINDS = table(
    Entry("picture", "picture", "Colours, or one channel of grey.", samples=builtin_images),
    Entry("points", "points", "A cloud of points in the plane.", samples=lambda: list(POINTS), cloud=True, plane=True),
    Entry("line", "points on a line", "Points on a line, over all t at once.", samples=lambda: list(LINES), cloud=True),
    Entry("sound", "sound", "One voice over time.", samples=lambda: list(SOUNDS), heard=True),
)

SPACINGS = table(
    Entry("trailing", "trailing", "Levels counted down from T: the first step starts at pure noise."),
    Entry("leading", "leading", "Levels counted up from 1: the chain starts below T."),
    Entry("linspace", "linspace", "Levels spread evenly from T to 1."),
    Entry("leading_open", "open leading", "As leading with one level more, without the lowest: DPM-Solver's."),
    Entry("linspace_open", "open linspace", "As linspace with one level more, without t = 1: DPM-Solver's."),
)

LAYOUTS = table(
    Entry("x_t", "x_t alone", "Only the noisy picture."),
    Entry("pair", "x_0 beside x_t", "The clean picture and the noisy one."),
    Entry("equation", "the equation", "x_t = √ᾱ x_0 + √(1-ᾱ) ε with its coefficients."),
    Entry("curves", "equation and curves", "The equation above the schedule's curves with a moving cursor."),
    Entry("strip", "equation, curves and film strip", "The same, with the whole way in small under the curves."),
)

PACINGS = table(
    Entry("visible", "√ᾱ", "Frames even in √ᾱ: the picture changes at an even speed."),
    Entry("t", "t", "Frames even in t."),
)
