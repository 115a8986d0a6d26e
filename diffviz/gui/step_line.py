"""The step that a sampler takes, as a line of rich text with its numbers."""

from __future__ import annotations

from diffviz.engine.states import State
from diffviz.timeline import level_text

SYMBOLS = {
    "x̂_0": "<b>x̂</b><sub>0</sub>",
    "x̂_0′": "<b>x̂</b><sub>0</sub>′",
    "x̂_0 old": "<b>x̂</b><sub>0</sub><sup>old</sup>",
    "x_t": "x<sub>t</sub>",
}


def network_line(state: State, prediction: str) -> str:
    """What the network returns in its own parametrization, and how x̂_0 and ε̂ follow, with the numbers of a state."""
    a, b = state.alpha_bar**0.5, (1 - state.alpha_bar) ** 0.5
    x_t, x_0, eps = SYMBOLS["x_t"], SYMBOLS["x̂_0"], "<b>ε̂</b>"
    steps: tuple[str, ...]
    if prediction == "v":
        steps = (
            "network: <b>v̂</b>",
            f"{x_0} = √ᾱ {x_t} − √(1−ᾱ) v̂ = <b>{a:.4g}</b> {x_t} − <b>{b:.4g}</b> v̂",
            f"{eps} = √(1−ᾱ) {x_t} + √ᾱ v̂ = <b>{b:.4g}</b> {x_t} + <b>{a:.4g}</b> v̂",
        )
    elif prediction == "epsilon":
        shown = f" = ({x_t} − <b>{b:.4g}</b> ε̂) / <b>{a:.4g}</b>" if a else ": nothing of it is in x<sub>t</sub>"
        steps = (f"network: {eps}", f"{x_0} = ({x_t} − √(1−ᾱ) ε̂) / √ᾱ{shown}")
    elif prediction == "flow":
        steps = (
            "network: <b>û</b>, of ε − x<sub>0</sub>",
            f"{x_0} = ({x_t} − √(1−ᾱ) û) / (√ᾱ + √(1−ᾱ)) = ({x_t} − <b>{b:.4g}</b> û) / <b>{a + b:.4g}</b>",
            f"{eps} = ({x_t} + √ᾱ û) / (√ᾱ + √(1−ᾱ)) = ({x_t} + <b>{a:.4g}</b> û) / <b>{a + b:.4g}</b>",
        )
    else:
        steps = (
            f"network: {x_0}",
            f"{eps} = ({x_t} − √ᾱ {x_0}) / √(1−ᾱ) = ({x_t} − <b>{a:.4g}</b> {x_0}) / <b>{b:.4g}</b>",
        )
    clipped = "" if state.exact else f" → {x_0} is clipped"
    return " &nbsp;→&nbsp; ".join(steps) + clipped


def step_line(state: State, kept: float | None = None) -> str:
    """x_s = Σ factor · name with the numbers of the step that leaves a state.

    ``kept``: ᾱ of s where a part of the picture is kept; the two parts that the step joins are then both told.
    """
    if not state.terms:
        return "t = 0: the chain has arrived at x<sub>0</sub>."
    parts = [f"<b>{factor:.4g}</b> {SYMBOLS.get(name, name)}" for name, factor in state.terms]
    t, s = level_text(state.t), level_text(state.s)
    sum_ = " + ".join(parts).replace("+ <b>-", "− <b>")
    line = f"step {t} → {s}:&nbsp;&nbsp; x<sub>{s}</sub> = {sum_}"
    if kept is None:
        return line
    known = f"<b>{kept**0.5:.4g}</b> x<sub>0</sub> + <b>{(1 - kept) ** 0.5:.4g}</b> z"
    return f"{line} where it is drawn anew<br>x<sub>{s}</sub> = {known} where your picture is kept"
