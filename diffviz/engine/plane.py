"""What is asked of the plane that points lie in, and what is answered: plain values and numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from diffviz.diffusion import NoiseSchedule
from diffviz.kinds.known import Known, Snapshot


@dataclass(frozen=True)
class PlaneRequest:
    """The exact theory of a cloud at one level, over [-reach, reach] in both directions. Newest wins.

    ``atoms, labels``: the cloud, float32 (m, 2), and the class of each point, int64 (m,), or None.
    ``label``: the class that is asked for, -1 for any; ``guidance``: its weight w. ``shaded``: the class whose density
    is wanted, of a chain its own; None: of the class that is asked for.
    ``start``: x_T of the paths that are asked for, or None; ``seed``: of the fresh noise of the SDE's.
    ``network``: a small network whose field is wanted beside the exact one, over [-told_reach, told_reach].
    ``moving``: the start is being dragged: its paths may be of longer steps. ``cursor``: a place to be read.
    ``ends``: where a chain has arrived, float32 (n, 2), whose nearest points of the cloud are looked for; or None.
    """

    serial: int
    t: float
    atoms: np.ndarray = field(compare=False, repr=False)
    labels: np.ndarray | None = field(compare=False, repr=False)
    schedule: NoiseSchedule = field(compare=False)
    reach: float
    density: bool = True
    arrows: bool = True
    label: int = -1
    guidance: float = 1.0
    shaded: int | None = None
    start: tuple[float, float] | None = None
    seed: int = 0
    network: Snapshot | None = field(default=None, compare=False, repr=False)
    moving: bool = False
    told_reach: float = 3.0
    cursor: tuple[float, float] | None = None
    ends: np.ndarray | None = field(default=None, compare=False, repr=False)

    @property
    def density_of(self) -> int:
        """The class whose density is shaded and read, -1 for any."""
        return self.label if self.shaded is None else self.shaded


@dataclass(frozen=True)
class Told:
    """What a network says in the place of the exact answer.

    ``arrows``: as the Plane's. ``error``: |x̂_0 - E[x_0|x_t]| on a grid, float32 (E, E), its first row at y = -reach,
    fading where x_t hardly ever is; ``rms``: its root mean square over x_t.
    """

    arrows: np.ndarray | None
    error: np.ndarray
    rms: float


@dataclass(frozen=True)
class Guided:
    """At one place x the ways to √ᾱ E[x_0|x], float32 (2,) each: of any class, of the one, and guided."""

    place: np.ndarray
    uncond: np.ndarray
    cond: np.ndarray
    guided: np.ndarray


@dataclass(frozen=True)
class Here:
    """At one place x: ln q(x), in nats, and the score there, float (2,); ``guided``: the score that guidance makes.

    ln q(x) is of the class that is shaded, the scores are of that which is asked for.
    """

    log_density: float
    score: np.ndarray
    guided: np.ndarray | None


@dataclass(frozen=True)
class Paths:
    """From one x_T down to x_0: ``t`` (K,), and the places of ODE and SDE there, float32 (K, 2) each."""

    t: np.ndarray
    ode: np.ndarray
    sde: np.ndarray

    def at(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Where ODE and SDE are at level t, float (2,) each, straight between their levels."""
        down = self.t[::-1]
        ode, sde = (np.array([np.interp(t, down, way[::-1, k]) for k in (0, 1)]) for way in (self.ode, self.sde))
        return ode, sde


@dataclass(frozen=True)
class Plane:
    """The answer to a PlaneRequest.

    ``density``: q(x_t) on a grid, float32 (G, G), its first row at y = -reach. ``arrows``: places and (1-ᾱ) times the
    score there, which is √ᾱ E[x_0|x] - x, float32 (2, N, 2). ``most``: so many points of the cloud were taken.
    ``near``: medians of how far the chain's ends are from the nearest point of the cloud, and its points from another.
    """

    request: PlaneRequest
    density: np.ndarray | None
    arrows: np.ndarray | None
    paths: Paths | None
    guided: Guided | None
    most: int
    told: Told | None = None
    here: Here | None = None
    near: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Level:
    """A level of "Remove noise" by itself, where what x_0 can be is known: for a lens that needs no chain."""

    schedule: NoiseSchedule
    t: float
    kind: str
    known: Known
