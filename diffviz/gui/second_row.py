"""SecondRow: under the jump the other half of the theory, one step of the chain or the posterior that leads back."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import Noised, OneStep, Posterior
from diffviz.engine.states import State
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.equation_words import LEVEL, SECOND
from diffviz.gui.step_line import factor_formula
from diffviz.gui.theme import X_HAT, rich
from diffviz.kinds.tiles import Grid
from diffviz.numerals import brief
from diffviz.session.glossary import explain
from diffviz.timeline import level_text

WHY = (
    "Factors √(1−β) multiply to √ᾱ<sub>t</sub>; variances β, each shrunk by later 1−β, "
    "add up to 1−ᾱ<sub>t</sub>: the same q(x<sub>t</sub> | x<sub>0</sub>)."
)
SAME = (
    "The real x<sub>t−1</sub> and its own z lead to the very x<sub>t</sub> above: the ε there has gathered "
    "z<sub>1</sub> … z<sub>t</sub>."
)
KEYS = {"x̂_0": "x0_hat", "x_t": "x_t", "ε̂": "eps_hat"}  # in the glossary
SYMBOLS = {"x̂_0": f"{X_HAT}<sub>0</sub>", "x_t": "x<sub>t</sub>", "ε̂": "ε̂"}
FACTORS = {"x̂_0": "c<sub>0</sub>", "x_t": "c<sub>t</sub>", "ε̂": "c<sub>ε</sub>"}  # c_t is x_t's alone


TRUE = f"A reverse step is this with a guess {X_HAT}<sub>0</sub> for x<sub>0</sub>: put the model's in its place."
NETWORK = (
    f"This is the reverse step p<sub>θ</sub>(x<sub>t−1</sub> | x<sub>t</sub>): the posterior with the model's "
    f"{X_HAT}<sub>0</sub> for x<sub>0</sub>."
)
REDUCED = (
    f"The model makes {{}}: this is its {X_HAT}<sub>0</sub> of the picture in that size, with noise of that size, "
    "enlarged. In its own size the posterior with it is the reverse step p<sub>θ</sub>."
)
OTHER = "With another x<sub>0</sub> each step draws the mean towards that picture, at first by little."


def quarters(pictures: tuple[np.ndarray, ...], fills: bool, pixels: bool) -> np.ndarray:
    """Four pictures as two rows of two, in the size of one where they fill a card.

    Of ``pixels`` every second one is kept: averaging would show less noise than there is.
    """
    if fills and not pixels:
        height, width = (side // 2 for side in pictures[0].shape[:2])
        cut = (picture[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 3) for picture in pictures)
        pictures = tuple(picture.mean(axis=(1, 3)).astype(np.uint8) for picture in cut)
    elif fills:
        height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
        pictures = tuple(picture[:height:2, :width:2] for picture in pictures)
    rows = [np.concatenate(pictures[i : i + 2], axis=1) for i in (0, 2)]
    return np.ascontiguousarray(np.concatenate(rows, axis=0))


class SecondRow(QObject):
    """Draws into the panel's second row. A click on the posterior's pictures shows one of them, the next, and all."""

    def __init__(self, panel: EquationPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._drawn: tuple[Noised, bool, NoiseSchedule] | None = None
        self._draw_number = 0  # 0: the mean and all draws, 1: the mean
        panel.step.cards[0].clicked.connect(self._next_draw)

    def draw(self, event: Noised, schedule: NoiseSchedule, fills: bool) -> None:
        """The row that the answer holds, or why there is none."""
        self._drawn = None
        self._panel.step.cards[0].view.show_row_names(())
        if event.step is None:
            draw_nothing(self._panel, "t = 0 has no step before it")
            self._panel.show_line("At t = 0 nothing has been added yet; move the slider.<br>&nbsp;")
        elif isinstance(event.step, OneStep):
            self._draw_step(event.step, event.request.t, schedule, fills, WHY if not event.request.fresh else SAME)
        else:
            self._drawn = event, fills, schedule
            self._draw_posterior(event, event.step, fills, schedule)

    def _draw_step(self, step: OneStep, t: int, schedule: NoiseSchedule, fills: bool, why: str) -> None:
        row, beta = self._panel.step, float(schedule.beta[t])
        row.show_pictures((step.x_t, step.x_s, step.z), fills=fills)
        row.signal.show_value((1 - beta) ** 0.5, "=")
        row.noise.show_value(beta**0.5)
        row.signal.show_tip(f"√(1−β<sub>t</sub>) = √(1 − {brief(beta, 4)}) = <b>{brief((1 - beta) ** 0.5, 6)}</b>")
        row.noise.show_tip(f"√β<sub>t</sub> = √{brief(beta, 4)} = <b>{brief(beta**0.5, 6)}</b>")
        for card, caption in zip(row.cards, (f"t = {t}", f"t = {t - 1}", ""), strict=True):
            card.set_caption(caption, LEVEL)
        numbers = (
            f"jump: mean {step.jump_mean:+.3f}, deviation {step.jump_std:.3f}&nbsp;&nbsp;·&nbsp;&nbsp;"
            f"one step: mean {step.step_mean:+.3f}, deviation {step.step_std:.3f}"
        )
        self._panel.show_line(f"{numbers.replace('-', '−')}<br>{why}")

    def _draw_posterior(self, event: Noised, step: Posterior, fills: bool, schedule: NoiseSchedule) -> None:
        row, t, k = self._panel.step, event.request.t, self._draw_number
        four = step.mean, *step.draws
        guessed = event.x_0 if step.x_0 is None else step.x_0
        row.show_pictures((four[k - 1] if k else None, guessed, event.x_t), fills=fills)
        if not k:
            row.cards[0].view.show_array(quarters(four, fills, event.x_0_values.ndim == 3), Grid(2, 2), fills)
        row.cards[0].view.show_row_names(() if k else ("mean, draw 1", "draws 2, 3"))
        row.signal.show_value(step.c_0, "=" if k == 1 else "≈")
        row.noise.show_value(step.c_t)
        named, why = step.words if step.x_0 is not None else "", TRUE if event.request.guess == "true" else OTHER
        if event.request.guess == "network":
            _, _, other_size = step.words.partition(", ")
            named = " · ".join(filter(None, ("the model's", other_size))) if step.x_0 is not None else ""
            why = REDUCED.format(other_size) if other_size else NETWORK
        if step.x_0 is None and step.words:  # why there is no guess
            why = html.escape(f"{step.words[0].upper()}{step.words[1:].removesuffix('.')}.")
            why = why.replace("x̂_0", f"{X_HAT}<sub>0</sub>").replace("x_0", "x<sub>0</sub>")
        said = ("", "mean · ", *(f"draw {i + 1} of {len(step.draws)} · " for i in range(len(step.draws))))[k]
        title, tip = SECOND["posterior"][0][1]
        guess = f"{X_HAT}<sub>0</sub>", "A guess in the place of x_0; the side panel says which"
        row.cards[1].set_title(*(guess if step.x_0 is not None else (title, tip)))
        for card, caption in zip(row.cards, (f"{said}t = {t - 1}", named, f"t = {t}"), strict=True):
            card.set_caption(caption, "" if caption == named else LEVEL)
        self._tell_factors(schedule, t)
        deviation, x_0 = step.variance**0.5, "x<sub>0</sub>" if step.x_0 is None else guess[0]
        self._panel.show_line(
            f"q(x<sub>{t - 1}</sub> | x<sub>{t}</sub>, {x_0}) = N(<b>{brief(step.c_0, 4)}</b> {x_0} + "
            f"<b>{brief(step.c_t, 4)}</b> x<sub>{t}</sub>, β̃ I),&nbsp; √β̃ = <b>{brief(deviation, 4)}</b><br>" + why
        )

    def _tell_factors(self, schedule: NoiseSchedule, t: int) -> None:
        """Each factor's formula with its numbers, on hover."""
        beta, before, now = (float(x) for x in (schedule.beta[t], schedule.alpha_bar[t - 1], schedule.alpha_bar[t]))
        row = self._panel.step
        row.signal.show_tip(
            "<b>c<sub>0</sub></b> = √ᾱ<sub>t−1</sub> β<sub>t</sub> / (1−ᾱ<sub>t</sub>)<br>"
            f"= √{brief(before, 6)} · {brief(beta, 4)} / {brief(1 - now, 4)} = "
            f"<b>{brief(before**0.5 * beta / (1 - now), 6)}</b>"
        )
        row.noise.show_tip(
            "<b>c<sub>t</sub></b> = √(1−β<sub>t</sub>) (1−ᾱ<sub>t−1</sub>) / (1−ᾱ<sub>t</sub>)<br>"
            f"= √{brief(1 - beta, 6)} · {brief(1 - before, 4)} / {brief(1 - now, 4)} = "
            f"<b>{brief((1 - beta) ** 0.5 * (1 - before) / (1 - now), 6)}</b>"
        )

    def _next_draw(self) -> None:
        if self._drawn is not None:
            event, fills, schedule = self._drawn
            assert isinstance(event.step, Posterior)
            self._draw_number = (self._draw_number + 1) % (2 + len(event.step.draws))
            self._draw_posterior(event, event.step, fills, schedule)


def draw_nothing(panel: EquationPanel, words: str) -> None:
    """Words in place of the row's pictures."""
    row = panel.step
    panel.name_second()
    row.show_pictures((None, None, None))
    for card in row.cards:
        card.view.show_message(words)
        card.set_caption("")
    row.signal.show_value(None, "=")
    row.noise.show_value(None)


def draw_reverse_step(
    panel: EquationPanel,
    state: State,
    before: State | None,
    following: State | None,
    missing: str,
    shown: Sequence[np.ndarray],
    value_range: int,
    k: int | None,
    grid: Grid,
    size: tuple[int, int] | None,
    sampler: str,
) -> None:
    """The sampler's own step as pictures: the next state, and the summands that lead there.

    Args:
        before: the state that led to this one: the last one's row is named after its step.
        following: the state that the step leads to, where it is recorded; ``missing``: words for where it is not.
        shown: the state's x_t, x̂_0 and ε̂ as pictures.
        k: the sample looked into; None: all, as they stand in ``grid``.
        size: (H, W) that a sample's picture is made in, of a kind without pixels of its own; None elsewhere.
        sampler: that takes the step, by its name.
    """
    row = panel.step
    row.cards[0].view.show_row_names(())
    summands = _summands(state)
    if len(summands) < 2:
        draw_nothing(panel, "no step leaves t = 0" if not state.terms else "this step has other summands")
        if before is not None and not state.terms:
            _name_summands(panel, _summands(before), "A summand of the step that led here")
        return
    pictures = dict(zip(("x_t", "x̂_0", "ε̂"), shown, strict=True))
    after = None if following is None else following.frames(value_range, k, size, panel.viewport.span).x_t
    row.show_pictures((after, *(pictures[name] for name, _ in summands)), grid, size is not None)
    row.cards[0].view.show_message(missing)
    noise = next((factor for name, factor in state.terms if name == "z"), 0.0)
    row.cards[0].set_caption(f"t = {level_text(state.s)}" + (f" · + {brief(noise, 3)} z" if noise else ""), LEVEL)
    _name_summands(panel, summands, "A summand of the step that is taken")
    for card in row.cards[1:]:
        card.set_caption("")
    rest = [name for name, factor in state.terms if name not in SYMBOLS and factor]
    row.signal.show_value(summands[0][1], "≈" if rest else "=")
    row.noise.show_value(summands[1][1])
    for factor, (name, value) in zip((row.signal, row.noise), summands, strict=True):
        number = f"The factor of {SYMBOLS[name]} in this step: <b>{brief(value, 6)}</b>"
        factor.show_tip(f"<b>{FACTORS[name]}</b> = {rich(factor_formula(state, sampler, name))}<br>{number}")


def _summands(state: State) -> list[tuple[str, float]]:
    """The two of the state's step that are drawn, each with its factor."""
    return [(name, factor) for name, factor in state.terms if name in SYMBOLS][:2]


def _name_summands(panel: EquationPanel, summands: Sequence[tuple[str, float]], role: str) -> None:
    row = panel.step
    for card, factor, (name, _) in zip(row.cards[1:], (row.signal, row.noise), summands, strict=False):
        card.set_title(SYMBOLS[name], explain(KEYS[name], role))
        factor.show_formula(FACTORS[name])
