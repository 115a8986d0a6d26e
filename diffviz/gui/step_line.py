"""The step that a sampler takes, as a line of rich text with its numbers, and why it is made so."""

from __future__ import annotations

from diffviz.engine.states import State
from diffviz.numerals import brief
from diffviz.scene import SamplerSpec
from diffviz.timeline import level_text

V_HAT, U_HAT = "v\u200d\u0302", "u\u200d\u0302"

SYMBOLS = {
    "x̂_0": "<b>x̂</b><sub>0</sub>",
    "x̂_0′": "<b>x̂</b><sub>0</sub>′",
    "x̂_0 old": "<b>x̂</b><sub>0</sub><sup>old</sup>",
    "x_t": "x<sub>t</sub>",
}
_X_S, _X_T, _X_0, _HAT = "x<sub>s</sub>", SYMBOLS["x_t"], "x<sub>0</sub>", SYMBOLS["x̂_0"]
_DEVIATIONS = {"fixed_small": "√β̃", "fixed_large": "√β", "learned_range": "that the network says"}
# by sampler: why its step is made so, and what is added where it draws fresh noise
_REASONS = {
    "ddpm": (f"the mean of q({_X_S} | {_X_T}, {_X_0}) with the guess {_HAT} for {_X_0}", ", and z of deviation {}"),
    "ddim": (f"{_HAT} noised anew as far as s, by ε̂", " and, for a part of it, fresh z"),
    "euler": (f"straight from {_X_T} towards {_HAT}, until the noise left is that of s", ""),
    "euler_ancestral": (f"straight from {_X_T} towards {_HAT}", " to below the noise of s, and up to it by fresh z"),
    "heun": ("Euler's step, with the mean of the slopes at its two ends", ""),
    "dpmpp_2m": (f"towards {_HAT}, led on in a line from that of the step before", ""),
}
_LINE = {"x̂_0": "√ᾱ_s (1 − σ_s/σ_t)", "x_t": "√(ᾱ_s/ᾱ_t) σ_s/σ_t"}
# by sampler: the factors of a step's summands, see the samplers themselves
_FORMULAS = {
    "ddpm": {"x̂_0": "√ᾱ_s (1 − ᾱ_t/ᾱ_s) / (1 − ᾱ_t)", "x_t": "√(ᾱ_t/ᾱ_s) (1 − ᾱ_s) / (1 − ᾱ_t)"},
    "ddim": {"x̂_0": "√ᾱ_s", "ε̂": "√(1 − ᾱ_s − σ²), σ the factor of z"},
    "euler_ancestral": {
        name: f"{formula.replace('σ_s', 'σ_{down}')}, σ_{{down}} the noise before z" for name, formula in _LINE.items()
    },
    "heun": _LINE | {"x̂_0": "√ᾱ_s (1 − σ_s/σ_t − ½ (σ_t/σ_s − 1))"},
    "dpmpp_2m": _LINE | {"x̂_0": "√ᾱ_s (1 − σ_s/σ_t) (1 + 1/(2r)), r = h of the step before/h, h = ln(σ_t/σ_s)"},
}


def factor_formula(state: State, sampler: str, name: str) -> str:
    """The formula of a summand's factor in the step that leaves a state; of first order each is Euler's."""
    second_order = any(other in ("x̂_0′", "x̂_0 old") for other, _ in state.terms)
    return (_LINE if sampler in ("heun", "dpmpp_2m") and not second_order else _FORMULAS.get(sampler, _LINE))[name]


def network_line(state: State, prediction: str, exact: bool = False) -> str:
    """What the network returns in its own parametrization, and how x̂_0 and ε̂ follow, with the numbers of a state.

    ``exact``: there is none, it is the mean over the data.
    """
    root, rest = state.alpha_bar**0.5, (1 - state.alpha_bar) ** 0.5
    a, b, both = (f"<b>{brief(value, 4)}</b>" for value in (root, rest, root + rest))
    x_t, x_0, eps = SYMBOLS["x_t"], SYMBOLS["x̂_0"], "<b>ε̂</b>"
    steps: tuple[str, ...]
    if prediction == "v":
        steps = (
            f"network: <b>{V_HAT}</b>",
            f"{x_0} = √ᾱ {x_t} − √(1−ᾱ) {V_HAT} = {a} {x_t} − {b} {V_HAT}",
            f"{eps} = √(1−ᾱ) {x_t} + √ᾱ {V_HAT} = {b} {x_t} + {a} {V_HAT}",
        )
    elif prediction == "epsilon":
        shown = f" = ({x_t} − {b} ε̂) / {a}" if root else ": nothing of it is in x<sub>t</sub>"
        steps = (f"network: {eps}", f"{x_0} = ({x_t} − √(1−ᾱ) ε̂) / √ᾱ{shown}")
    elif prediction == "flow":
        steps = (
            f"network: <b>{U_HAT}</b>, of ε − x<sub>0</sub>",
            f"{x_0} = ({x_t} − √(1−ᾱ) {U_HAT}) / (√ᾱ + √(1−ᾱ)) = ({x_t} − {b} {U_HAT}) / {both}",
            f"{eps} = ({x_t} + √ᾱ {U_HAT}) / (√ᾱ + √(1−ᾱ)) = ({x_t} + {a} {U_HAT}) / {both}",
        )
    else:
        steps = (
            f"{'E[x<sub>0</sub>|x<sub>t</sub>] of the data' if exact else 'network'}: {x_0}",
            f"{eps} = ({x_t} − √ᾱ {x_0}) / √(1−ᾱ) = ({x_t} − {a} {x_0}) / {b}",
        )
    clipped = () if state.exact else (f"{x_0} is clipped",)
    return " &nbsp;→&nbsp;".join(map(_unbroken, (*steps, *clipped)))


def _unbroken(said: str) -> str:
    """An equation that a narrow line breaks before what is worked out, and nowhere else; words as they are."""
    if " = " not in said:
        return said
    name, *sides = (side.replace(" ", "&nbsp;") for side in said.split(" = "))
    return f"{name}&nbsp;=&nbsp;{' =&nbsp;'.join(sides)}"


def why_line(state: State, sampler: SamplerSpec) -> str:
    """Why the step that leaves a state is made so; nothing of a state that no step leaves."""
    if not state.terms:
        return ""
    said, more = _REASONS[sampler.name]
    drawn = any(name == "z" and factor for name, factor in state.terms)
    variance = str(dict(sampler.params).get("variance", "fixed_small"))
    return f"why: {said}{more.format(_DEVIATIONS[variance]) if drawn else ''}"


def step_line(state: State, kept: float | None = None) -> str:
    """x_s = Σ factor · name with the numbers of the step that leaves a state.

    ``kept``: ᾱ of s where a part of the picture is kept; the two parts that the step joins are then both told.
    """
    if not state.terms:
        return "t = 0: the chain has arrived at x<sub>0</sub>."
    parts = [f"<b>{brief(factor, 4)}</b> {SYMBOLS.get(name, name)}" for name, factor in state.terms]
    t, s = level_text(state.t), level_text(state.s)
    sum_ = " + ".join(parts).replace("+ <b>−", "− <b>")
    line = f"step {t} → {s}:&nbsp;&nbsp; x<sub>{s}</sub> = {sum_}"
    if kept is None:
        return line
    known = f"<b>{brief(kept**0.5, 4)}</b> x<sub>0</sub> + <b>{brief((1 - kept) ** 0.5, 4)}</b> z"
    return f"{line} where it is drawn anew<br>x<sub>{s}</sub> = {known} where your picture is kept"
