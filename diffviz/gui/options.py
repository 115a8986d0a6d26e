"""Options: what the side panel's controls do to the scene, and the schedule that is in force."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.denoising import make_schedule
from diffviz.gui.chains import Chains
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.scene import ScheduleSpec, params, sample_seed, with_param
from diffviz.session.defaults import as_default
from diffviz.session.store import Store
from diffviz.session.wording import LOOPS

WEAK_END = 1e-2  # ᾱ_T above: x_T still shows the picture


class Options:
    """Edits of the scene, one undo entry each.

    Args:
        show_again: shows the options as they are, where a value was refused. say: a few words at the window's foot.
    """

    def __init__(
        self,
        store: Store,
        notices: MessageBar,
        chains: Chains,
        show_again: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._store, self._notices, self._chains, self.show_again = store, notices, chains, show_again
        self._say = say
        self._checked: NoiseSchedule | None = None
        self._made: tuple[ScheduleSpec, NoiseSchedule] | None = None
        self._beside: tuple[ScheduleSpec, NoiseSchedule] | None = None
        self._placed = 0, 1, 0.0  # t, T, and the place on the axis that t was rounded from when T changed

    def view(self, **changes: Any) -> None:
        """Change how it is shown."""
        self._store.edit(view=dataclasses.replace(self._store.scene.view, **changes))

    def part(self, part: str, /, **changes: Any) -> None:
        """Change fields of one part of the scene: model, sampler, inpaint or view."""
        self._store.edit(**{part: dataclasses.replace(getattr(self._store.scene, part), **changes)})

    def take(self, setting: str, value: Any) -> None:
        """Change one setting: "model.guidance", a field of a part of the scene, or "seed", one of its own."""
        part, _, field = setting.rpartition(".")
        if part == "schedule":
            self.schedule(**{field: value})
        elif part:
            self.part(part, **{field: value})
        else:
            self._store.edit(**{field: value})

    def unfold(self) -> None:
        """Show how a chain's step comes from what the network returns, or the step alone."""
        self.view(unfolded=not self._store.scene.view.unfolded)

    def next_loop(self) -> None:
        """Once, loop, there and back, and again; said, for the laboratory has no button that shows it."""
        ways = tuple(LOOPS)
        self.view(loop=ways[(ways.index(self._store.scene.view.loop) + 1) % len(ways)])
        self._say(f"playback: {LOOPS[self._store.scene.view.loop]}")

    def new_noise(self) -> None:
        """The next seed: ε is another one, and can be had again by its number."""
        self._store.edit(seed=sample_seed(self._store.scene.seed, 1))

    # -- the schedule

    @property
    def own_schedule(self) -> NoiseSchedule:
        """The scene's, of "Add noise"."""
        spec = self._store.scene.schedule
        if self._made is None or self._made[0] != spec:
            self._made = (spec, make_schedule(spec))
        return self._made[1]

    @property
    def in_force(self) -> NoiseSchedule:
        """The scene's schedule in "Add noise", that of the chain or model in "Remove noise"."""
        other = None if self._store.scene.forward else self._chains.schedule
        return self.own_schedule if other is None else other

    @property
    def pinned(self) -> NoiseSchedule | None:
        """The one that is seen beside the one in force, in "Add noise": a model has one schedule."""
        scene = self._store.scene
        spec = scene.pinned[0] if scene.pinned and scene.forward else None
        if spec is not None and (self._beside is None or self._beside[0] != spec):
            self._beside = (spec, make_schedule(spec))
        return None if spec is None or self._beside is None else self._beside[1]

    def pin(self) -> None:
        """Keep the scene's schedule beside those that follow, or no more."""
        scene = self._store.scene
        self._store.edit(pinned=() if scene.pinned else (scene.schedule,))

    @property
    def plain(self) -> NoiseSchedule:
        """The one in force before its end was moved to ᾱ_T = 0, which its parameters and its list of β describe."""
        spec = self._store.scene.schedule
        moved = self._store.scene.forward and spec.zero_snr
        return make_schedule(dataclasses.replace(spec, zero_snr=False)) if moved else self.in_force

    def own_pixels(self) -> None:
        """Noise the picture in its file's pixels; a network's pictures have no others."""
        if self._store.scene.forward:
            self.view(own_pixels=True)

    def schedule(self, **changes: Any) -> None:
        """Change the scene's schedule."""
        scene = self._store.scene
        spec = dataclasses.replace(scene.schedule, **changes)
        try:
            make_schedule(spec)
        except ValueError as error:
            before = scene.schedule
            self._notices.show_message(str(error), "warning", holds=lambda s: s.scene.schedule == before)
            self.show_again()
            return
        if self._placed[:2] != (scene.t, scene.schedule.T):
            self._placed = scene.t, scene.schedule.T, scene.t / scene.schedule.T
        t, share = round(self._placed[2] * spec.T), self._placed[2]
        self._store.edit(schedule=spec, t=t)
        self._placed = t, spec.T, share

    def schedule_param(self, name: str, value: float) -> None:
        """Give one parameter of the schedule."""
        given = with_param(self._store.scene.schedule.params, name, value)
        if name in ("beta_start", "beta_end"):  # given ends are taken as they are, so both are pinned at once
            beta = self.plain.beta
            own = {"beta_start": float(beta[1]), "beta_end": float(beta[-1])}
            given = tuple(sorted({**own, **dict(given)}.items()))
        self.schedule(params=given)

    def check_end(self) -> None:
        """Warn, once, where the schedule now in force leaves too much of the picture at T."""
        schedule = self.in_force
        if schedule is self._checked:
            return
        self._checked = schedule
        self._notices.clear_topic("schedule")
        left = float(schedule.alpha_bar[-1])
        if left <= WEAK_END:
            return
        shows = f"ᾱ at t = T is {left:.3g}: even there the picture shows through with factor {left**0.5:.2f}"
        if self._store.scene.forward:
            text = f"{shows}; a chain that starts from pure noise would not fit. Raise β or T."
        else:
            text = f"The model's own {shows}, but a chain starts from pure noise; samples may look pale or grey."
        self._notices.show_message(text, "warning", topic="schedule")

    # -- the sampler

    def sampler(self, name: str) -> None:
        """Choose a sampler; its parameters begin as the model's folder says."""
        said = self._chains.said
        self.part("sampler", name=name, params=params(said.params_of(name) if said else None))

    def sampler_param(self, name: str, value: float | str) -> None:
        """Give one parameter of the sampler."""
        self.part("sampler", params=with_param(self._store.scene.sampler.params, name, value))

    def as_default(self) -> None:
        """The rarer settings as at first."""
        self._store.set(as_default(self._store.scene, self._chains.said))

    def as_said(self) -> None:
        """Back to what the model's folder says about sampling and clipping."""
        said, scene = self._chains.said, self._store.scene
        if said is not None:
            self._store.edit(model=dataclasses.replace(scene.model, clip="own"), sampler=scene.sampler.as_said(said))
