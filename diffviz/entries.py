"""Entry and Param: what a menu, the command line and a test know of a thing that can be chosen. No torch, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Param:
    """One keyword of a schedule, sampler or experiment, as a menu needs it.

    ``default`` None means "chosen by the function" (e.g. beta ends that scale with 1000/T).
    ``kind``: "number", "text" (a list of numbers, say), "picture" or "folder" (a path or ""). ``empty``: what stands in
    its field where nothing is said.
    """

    name: str
    label: str
    default: float | str | None
    low: float = 0.0
    high: float = 1.0
    decimals: int = 2
    choices: tuple[str, ...] = ()
    tip: str = ""
    kind: str = "number"
    empty: str = ""


@dataclass(frozen=True)
class Entry:
    """A thing that menus offer: its name in code, its label for people, one sentence, its parameters.

    ``noisy``: of a sampler that never adds fresh noise, the name of its counterpart that does.
    ``group``: of an experiment, what it stands under in the menu. ``picture``: whether it begins with the picture that
    is open. ``unread``: the settings of a chain that it does not read, for it has its own, or none.
    ``samples``: of a kind of data, the names of those that ship. ``cloud``: whether a sample is many points; of an
    experiment, whether it is of such data alone. ``worded``: of an experiment, whether it needs a model of words.
    ``plane``: whether it lies in a plane that is seen.
    ``heard``: whether it can be played.
    """

    name: str
    label: str
    tip: str
    params: tuple[Param, ...] = ()
    noisy: str = ""
    group: str = ""
    picture: bool = False
    unread: frozenset[str] = frozenset()
    samples: Callable[[], list[str]] = list
    cloud: bool = False
    worded: bool = False
    plane: bool = False
    heard: bool = False


def table(*entries: Entry) -> MappingProxyType[str, Entry]:
    return MappingProxyType({entry.name: entry for entry in entries})
