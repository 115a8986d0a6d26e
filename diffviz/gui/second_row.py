"""SecondRow: under the jump the other half of the theory, one step of the chain or the posterior that leads back."""

from __future__ import annotations

from PySide6.QtCore import QObject

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import Noised, OneStep, Posterior
from diffviz.engine.states import State
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.equation_words import LEVEL
from diffviz.gui.theme import X_HAT
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


class SecondRow(QObject):
    """Draws into the panel's second row. A click on the posterior's picture shows its next draw."""

    def __init__(self, panel: EquationPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._drawn: tuple[Noised, bool] | None = None
        self._draw_number = 0  # 0: the mean
        panel.step.cards[0].clicked.connect(self._next_draw)

    def draw(self, event: Noised, schedule: NoiseSchedule, fills: bool) -> None:
        """The row that the answer holds, or why there is none."""
        self._drawn = None
        if event.step is None:
            self._draw_nothing("t = 0 has no step before it", "At t = 0 nothing has been added yet; move the slider.")
        elif isinstance(event.step, OneStep):
            self._draw_step(event.step, event.request.t, schedule, fills, WHY if not event.request.fresh else SAME)
        else:
            self._drawn = event, fills
            self._draw_posterior(event, event.step, fills)

    def _draw_nothing(self, words: str, line: str) -> None:
        row = self._panel.step
        row.show_pictures((None, None, None))
        for card in row.cards:
            card.view.show_message(words)
            card.set_caption("")
        row.signal.show_value(None)
        row.noise.show_value(None)
        self._panel.show_line(line)

    def _draw_step(self, step: OneStep, t: int, schedule: NoiseSchedule, fills: bool, why: str) -> None:
        row, beta = self._panel.step, float(schedule.beta[t])
        row.show_pictures((step.x_t, step.x_s, step.z), fills=fills)
        row.signal.show_value((1 - beta) ** 0.5)
        row.noise.show_value(beta**0.5)
        for card, caption in zip(row.cards, (f"t = {t}", f"t = {t - 1}", ""), strict=True):
            card.set_caption(caption, LEVEL)
        numbers = (
            f"jump: mean {step.jump_mean:+.3f}, deviation {step.jump_std:.3f}&nbsp;&nbsp;·&nbsp;&nbsp;"
            f"one step: mean {step.step_mean:+.3f}, deviation {step.step_std:.3f}"
        )
        self._panel.show_line(f"{numbers.replace('-', '−')}<br>{why}")

    def _draw_posterior(self, event: Noised, step: Posterior, fills: bool) -> None:
        row, t, k = self._panel.step, event.request.t, self._draw_number
        row.show_pictures((step.draws[k - 1] if k else step.mean, event.x_0, event.x_t), fills=fills)
        row.signal.show_value(step.c_0, "=" if not k else "≈")
        row.noise.show_value(step.c_t)
        said = f"draw {k} of {len(step.draws)}" if k else "mean"
        for card, caption in zip(row.cards, (f"{said} · t = {t - 1}", "", f"t = {t}"), strict=True):
            card.set_caption(caption, LEVEL)
        deviation = step.variance**0.5
        self._panel.show_line(
            f"q(x<sub>{t - 1}</sub> | x<sub>{t}</sub>, x<sub>0</sub>) = N(<b>{step.c_0:.4g}</b> x<sub>0</sub> + "
            f"<b>{step.c_t:.4g}</b> x<sub>{t}</sub>, β̃ I),&nbsp; √β̃ = <b>{deviation:.4g}</b><br>"
            f"A reverse step is this with a guess {X_HAT}<sub>0</sub> for x<sub>0</sub>: see “Remove noise”."
        )

    def _next_draw(self) -> None:
        if self._drawn is not None:
            event, fills = self._drawn
            assert isinstance(event.step, Posterior)
            self._draw_number = (self._draw_number + 1) % (1 + len(event.step.draws))
            self._draw_posterior(event, event.step, fills)


def draw_reverse_step(
    panel: EquationPanel, state: State, following: State | None, value_range: int, k: int | None, tiles: int
) -> None:
    """The sampler's own step as pictures: the next state, and the summands that lead there.

    Args:
        following: the state that the step leads to, where it is recorded.
        k: the sample looked into; None: all, ``tiles`` a side.
    """
    row = panel.step
    summands = [(name, factor) for name, factor in state.terms if name in SYMBOLS][:2]
    if len(summands) < 2:
        row.show_pictures((None, None, None))
        for card in row.cards:
            card.view.show_message("no step leaves t = 0" if not state.terms else "this step has other summands")
            card.set_caption("")
        row.signal.show_value(None)
        row.noise.show_value(None)
        return
    x_t, x0_hat, eps_hat = state.frames(value_range, k)
    pictures = {"x̂_0": x0_hat, "x_t": x_t, "ε̂": eps_hat}
    after = None if following is None else following.frames(value_range, k).x_t
    row.show_pictures((after, *(pictures[name] for name, _ in summands)), tiles)
    row.cards[0].view.show_message("not recorded yet")
    noise = next((factor for name, factor in state.terms if name == "z"), 0.0)
    row.cards[0].set_caption(f"t = {level_text(state.s)}" + (f" · + {noise:.3g} z" if noise else ""), LEVEL)
    for card, (name, _) in zip(row.cards[1:], summands, strict=True):
        card.set_title(SYMBOLS[name], explain(KEYS[name], "A summand of the step that is taken"))
        card.set_caption("")
    rest = [name for name, factor in state.terms if name not in SYMBOLS and factor]
    row.signal.show_value(summands[0][1], "≈" if rest else "=")
    row.noise.show_value(summands[1][1])
