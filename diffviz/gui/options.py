"""Options: what the side panel's controls do to the scene."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.denoising import make_schedule
from diffviz.scene import params, with_param

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller

WEAK_END = 1e-2  # ᾱ_T above: x_T still shows the picture


class Options:
    """Edits of the scene, one undo entry each."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._checked: NoiseSchedule | None = None

    def view(self, **changes: Any) -> None:
        """Change how it is shown."""
        self._controller.store.edit(view=dataclasses.replace(self._controller.scene.view, **changes))

    def part(self, part: str, /, **changes: Any) -> None:
        """Change fields of one part of the scene: model or sampler."""
        self._controller.store.edit(**{part: dataclasses.replace(getattr(self._controller.scene, part), **changes)})

    def schedule(self, **changes: Any) -> None:
        """Change Forward's schedule."""
        spec = dataclasses.replace(self._controller.scene.schedule, **changes)
        try:
            make_schedule(spec)
        except ValueError as error:
            before = self._controller.scene.schedule
            self._controller.bar.show_message(str(error), "warning", holds=lambda s: s.scene.schedule == before)
            self._controller.show_options()
            return
        # the same place on the axis when T changes
        t = min(spec.T, round(self._controller.scene.t * spec.T / self._controller.scene.schedule.T))
        self._controller.store.edit(schedule=spec, t=t)

    def check_end(self) -> None:
        """Warn, once, where the schedule now in force leaves too much of the picture at T."""
        controller, schedule = self._controller, self._controller.schedule
        if schedule is self._checked:
            return
        self._checked = schedule
        controller.bar.clear_topic("schedule")
        left = float(schedule.alpha_bar[-1])
        if left <= WEAK_END:
            return
        shows = f"ᾱ_T is {left:.3g}: even at t = T the picture shows through with factor {left**0.5:.2f}"
        if controller.scene.direction == "forward":
            text = f"{shows}; a chain that starts from pure noise would not fit. Raise β or T."
        else:
            text = f"The model's own {shows}, but a chain starts from pure noise; samples may look pale or grey."
        controller.bar.show_message(text, "warning", topic="schedule")

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

    def sampler(self, name: str) -> None:
        """Choose a sampler; its parameters begin as the model's folder says."""
        said = self._controller.models.said
        self.part("sampler", name=name, params=params(said.params_of(name) if said else None))

    def as_said(self) -> None:
        """Back to what the model's folder says about sampling and clipping."""
        said, scene = self._controller.models.said, self._controller.scene
        if said is not None:
            model = dataclasses.replace(scene.model, clip="own")
            self._controller.store.edit(model=model, sampler=scene.sampler.as_said(said))

    def sampler_param(self, name: str, value: float | str) -> None:
        """Give one parameter of the sampler."""
        self.part("sampler", params=with_param(self._controller.scene.sampler.params, name, value))
