"""Options: what the side panel's controls do to the scene."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from diffviz.diffusion import SCHEDULES
from diffviz.gui.panels.side_panel import with_param

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller

WEAK_END = 1e-2  # ᾱ_T above: x_T still shows the picture


class Options:
    """Edits of the scene, one undo entry each."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def view(self, **changes: Any) -> None:
        """Change how it is shown."""
        self._controller.store.edit(
            view=dataclasses.replace(self._controller.scene.view, **changes), undo="curves" in changes
        )

    def part(self, part: str, /, **changes: Any) -> None:
        """Change fields of one part of the scene: model or sampler."""
        self._controller.store.edit(**{part: dataclasses.replace(getattr(self._controller.scene, part), **changes)})

    def schedule(self, **changes: Any) -> None:
        """Change Forward's schedule; warns where it leaves too much of the picture at T."""
        spec = dataclasses.replace(self._controller.scene.schedule, **changes)
        try:
            SCHEDULES[spec.name](T=spec.T, **dict(spec.params))
        except ValueError as error:
            self._controller.bar.show_message(str(error), "warning")
            self._controller.show_options()
            return
        # the same place on the axis when T changes
        t = min(spec.T, round(self._controller.scene.t * spec.T / self._controller.scene.schedule.T))
        self._controller.store.edit(schedule=spec, t=t)
        left = float(self._controller.schedule.alpha_bar[-1])
        self._controller.bar.clear_topic("schedule")
        if left > WEAK_END:
            self._controller.bar.show_message(
                f"ᾱ_T is {left:.3g}: even at t = T the picture shows through with factor {left**0.5:.2f}; a chain that "
                "starts from pure noise would not fit. Raise β or T.",
                "warning",
                topic="schedule",
            )

    def schedule_param(self, name: str, value: float) -> None:
        """Give one parameter of the schedule."""
        given = with_param(self._controller.scene.schedule.params, name, value)
        if name in ("beta_start", "beta_end"):  # given ends are taken as they are, so both are pinned at once
            own = {
                "beta_start": float(self._controller.schedule.beta[1]),
                "beta_end": float(self._controller.schedule.beta[-1]),
            }
            given = tuple(sorted({**own, **dict(given)}.items()))
        self.schedule(params=given)

    def sampler_param(self, name: str, value: float | str) -> None:
        """Give one parameter of the sampler."""
        self.part("sampler", params=with_param(self._controller.scene.sampler.params, name, value))
