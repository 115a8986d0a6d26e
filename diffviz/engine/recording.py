"""Recorded chains: they are run, sent to the screen, and kept, so that one can go on from any of their states."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from diffviz.engine.beginning import Beginning
from diffviz.engine.chain import all_levels, snapshots, stretches
from diffviz.engine.film import Darkroom, Film, Snapshot
from diffviz.engine.messages import (
    ChainStarted,
    ChainStates,
    Event,
    Fork,
    GenerateRequest,
    ModelInfo,
)
from diffviz.engine.model_info import one_network
from diffviz.engine.states import Resume, State

if TYPE_CHECKING:
    from diffviz.engine.control import Control
    from diffviz.kinds import Kind
    from diffviz.models import Model

BUDGET_BYTES = 768 * 2**20  # of all recorded chains, pictures and unclipped values together
SEND_EVERY_S = 1 / 31  # the screen shows the newest state at 30 paints a second or more; every state is recorded


@dataclass(frozen=True)
class Plan:
    """How a recording stays in its budget: what is kept of which states.

    ``values``: of each its unclipped values; ``stride``: every so many states are kept, and the last one;
    ``resume_every``: so many that can be gone on from, 0 for none; ``size``: the bytes of it all.
    """

    values: bool
    stride: int
    resume_every: int
    size: int

    @staticmethod
    def of(kind: Kind, count: int, shape: Sequence[int], states: int, room: int | None = None) -> Plan:
        """For ``states`` states of ``count`` samples, in the ``room`` in bytes that is left of the budget."""
        room = BUDGET_BYTES if room is None else room
        shown, values = (3 * each for each in kind.bytes_of(shape, count))  # of a state: x_t, x̂_0 and ε̂
        if states * (shown + values) <= room:
            return Plan(True, 1, 1, states * (shown + values))
        least = shown or values  # without which a state cannot be seen
        stride = -(-states // max(1, room // least - 1))
        kept = least * (-(-states // stride) + (stride > 1))  # the last state always
        resume = 2 * values // 3  # x_t and the x̂_0 before it
        most = max(0, room - kept) // resume
        every = stride * -(-states // (most * stride)) if most else 0
        return Plan(not shown, stride, every, kept + (resume * -(-states // every) if every else 0))

    def keeps(self, state: State) -> bool:
        return state.i % self.stride == 0 or state.i == state.n


@dataclass
class Tape:
    """One recorded chain.

    ``info``: of the model that made it; ``size``: its bytes when it is complete; ``began``: None where it began with
    noise; ``parent``: the chain that it was forked from.
    """

    info: ModelInfo
    size: int
    began: Beginning | None = None
    states: list[State] = field(default_factory=list)
    parent: int | None = None

    def resume(self, fork: Fork) -> tuple[int, Resume] | None:
        """The last state at or before the fork that can be gone on from, or None: from the beginning."""
        for state in reversed(self.states):
            if state.i <= fork.i and state.resume is not None:
                return state.i, state.resume if fork.sample is None else state.resume.sample(fork.sample)
        return None


class Recordings:
    """The chains that are kept; when there is no room for a new one the oldest go, its own ancestors last."""

    def __init__(self, emit: Callable[[Event], None], control: Control) -> None:
        self._emit, self._control = emit, control
        self._tapes: dict[int, Tape] = {}

    def tape(self, run: int | None = None) -> Tape | None:
        """The chain of a job, or the newest one."""
        return self._tapes.get(max(self._tapes, default=-1) if run is None else run)

    def keep(self, job: int, info: ModelInfo, states: Sequence[State]) -> None:
        """A chain that was recorded elsewhere, under the name ``job``."""
        self._keep(job, Tape(info, sum(state.nbytes for state in states), states=list(states)))

    def generate(self, job: GenerateRequest, model: Model, info: ModelInfo) -> str | None:
        """Run a chain to its end, or to where it is cancelled: None. ``info``: of the model.

        Raises:
            ValueError: if a setting does not fit the model, or the chain to go on with is no longer recorded or another
                model's.
        """
        scene, fork = job.scene, job.fork
        parent = self._tapes.get(fork.run) if fork else None
        if fork and parent is None:
            raise ValueError("That chain is no longer recorded; generate it again.")
        if parent is not None and not one_network(parent.info, info):
            raise ValueError("That chain was made by another model than the one loaded now; generate a new one.")
        began, start = None if parent is None else parent.began, job.start
        if parent is None and start is not None:
            began = Beginning.of(model, start.picture, start.level, start.mask)
        way = stretches(scene, model.schedule, began.level if began else None, scene.history)
        levels = all_levels(way)
        first = fork.i if fork else 0
        count, total = (fork.fan, len(levels) - first) if fork and fork.fan else (scene.count, len(levels))
        above = self._ancestors(fork.run if fork else None)
        room = max(BUDGET_BYTES // 4, BUDGET_BYTES - sum(self._tapes[each].size for each in above))
        plan = Plan.of(model.kind, count, model.sample_shape, total, room)
        keywords: dict[str, Any] = {"legs": scene.history, "began": began}
        tape = Tape(info, plan.size, began, parent=fork.run if fork else None)
        if fork and parent is not None:
            keywords |= {"resume": parent.resume(fork), "first": fork.i, "fan": fork.fan}
            tape.states = fork.shared(parent.states)
        self._keep(job.job, tape)
        self._emit(ChainStarted(job.job, tuple(levels), plan.stride, tuple(self._tapes)))
        repeats = scene.start and scene.inpaint.mask and scene.inpaint.times > 1
        sender = _Sender(self._emit, self._control, job.job, scene.inpaint.jump if repeats else 1)
        film = Film(model, plan.values, plan.resume_every)

        def develop(shot: Snapshot) -> None:
            state = film.state(shot)
            if plan.keeps(state) or state.i == first:
                tape.states.append(state)
                sender.add(state)
            sender.stepped()

        with Darkroom(develop, 0 if model.device.type == "mps" else Darkroom.AHEAD) as darkroom:
            self._run(snapshots(model, scene, **keywords), darkroom, sender)
            darkroom.drain()
        sender.flush()
        return None if self._control.cancelled else ""

    def _run(self, chain: Iterator[Snapshot], darkroom: Darkroom, sender: _Sender) -> None:
        """Take the steps of a chain as they come, at the person's pace, until it ends or is cancelled."""
        control, began_s = self._control, time.monotonic()

        def rest() -> None:
            darkroom.drain()
            sender.rest()

        for shot in chain:
            darkroom.put(shot)
            if control.cancelled:
                return
            if shot.place.i < shot.n:
                if control.pace not in ("max", "step"):
                    darkroom.drain()
                    sender.offer()
                # whatever is in flight: the next step is asked for after this one is seen
                control.wait_turn(began_s, time.monotonic, rest)  # the step's own time counts
                began_s = time.monotonic()
            if control.cancelled:
                return

    def _ancestors(self, run: int | None) -> list[int]:
        """A chain and those that it was forked from, as far as they are recorded."""
        found: list[int] = []
        while run is not None and run in self._tapes:
            found.append(run)
            run = self._tapes[run].parent
        return found

    def _keep(self, job: int, tape: Tape) -> None:
        above = self._ancestors(tape.parent)
        for old in sorted(self._tapes, key=lambda old: (old in above, old)):
            if sum(kept.size for kept in self._tapes.values()) + tape.size > BUDGET_BYTES:
                del self._tapes[old]
        self._tapes[job] = tape


class _Sender:
    """Sends states in order, as many at once as have gathered while the screen was busy.

    ``stretch``: so many steps are gone through again at once before they are told of; the rate is of whole ones.
    """

    def __init__(self, emit: Callable[[Event], None], control: Control, job: int, stretch: int = 1) -> None:
        self._emit, self._control, self._job = emit, control, job
        self._waiting: list[State] = []
        self._stretch = stretch
        self._times: deque[float] = deque(maxlen=max(64, stretch + 1))
        self._due_s = 0.0

    def add(self, state: State) -> None:
        self._waiting.append(state)
        if time.monotonic() >= self._due_s:
            self.offer()

    def offer(self) -> None:
        """Send what waits if the screen keeps up."""
        if self._waiting and self._control.may_send():
            self._send(time.monotonic())

    def stepped(self) -> None:
        """Note that a step is done, for the rate."""
        self._times.append(time.monotonic())

    def flush(self) -> None:
        if self._waiting:
            self._send(time.monotonic())

    def rest(self) -> None:
        """Send what waits before the person is waited for, whose time is none of the steps'."""
        self.flush()
        self._times.clear()

    def _send(self, now: float) -> None:
        done = max(0, len(self._times) - 1) // self._stretch * self._stretch
        span = self._times[-1] - self._times[-1 - done] if done else 0.0
        rate = done / span if span > 0 else 0.0
        states, self._waiting = tuple(self._waiting), []
        # from the time that was due, not from now: steps of 14 ms would else give 24 paints a second instead of 31
        self._due_s = max(self._due_s + SEND_EVERY_S, now)
        self._emit(ChainStates(self._job, states, rate))
