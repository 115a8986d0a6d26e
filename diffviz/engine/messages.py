"""What goes into the engine and what comes out: frozen, plain values and numpy arrays, no tensor, no Qt.

Requests carry everything that their work needs; events never have to be asked back about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from diffviz.chart import Chart
from diffviz.engine.model_info import ModelInfo
from diffviz.engine.plane import Level, Plane, PlaneRequest
from diffviz.engine.states import Fork, Recorded, State
from diffviz.engine.train_messages import Learned, TrainRequest
from diffviz.export.options import Options
from diffviz.kinds import Datum
from diffviz.kinds.kind import WHOLE, Span
from diffviz.kinds.known import Known
from diffviz.scene import ModelSpec, Params, Scene, ScheduleSpec

if TYPE_CHECKING:
    from diffviz.sheet import Part, Sheet


@dataclass(frozen=True)
class NoisedRequest:
    """x_t of a picture at level t. Newest wins: an older one that has not begun is never answered.

    ``size``: (H, W) that x_0 is resampled to before it is noised; None: as it is.
    ``fresh``: of a real chain with fresh noise at each step, whose gathered noise ε_t is; else of one held ε.
    """

    serial: int
    t: int
    seed: int
    schedule: ScheduleSpec
    picture_id: str
    eps_range: int = 1
    second: str = "none"  # none | step | posterior
    size: tuple[int, int] | None = None
    kind: str = "picture"
    fresh: bool = False
    guess: str = "true"  # of the posterior's x_0: see ViewSpec
    model: ModelSpec | None = None  # whose x̂_0 is the guess
    pinned: ScheduleSpec | None = None  # another schedule whose x_t is wanted too, at the same share of T
    span: Span = WHOLE  # of what runs in time the part that is seen


@dataclass(frozen=True)
class StripRequest:
    """x_t at several levels, of the picture, ε and schedule of ``noised``, in at most ``size`` (H, W) pixels each.

    Newest wins; a NoisedRequest or StartRequest that waits is answered first.
    """

    serial: int
    noised: NoisedRequest
    levels: tuple[int, ...]
    size: tuple[int, int]


@dataclass(frozen=True)
class LensRequest:
    """A lens's chart of what one of the three is about. Newest wins; a NoisedRequest that waits is answered first.

    ``params``: a value for each of the lens's. ``pixel``: shares of the picture's width and height. ``model``: what in
    "Add noise" the loaded one is asked for, for its x̂_0; None: it is not asked.
    """

    serial: int
    lens: str
    params: Params
    pixel: tuple[float, float]
    noised: NoisedRequest | None = None
    recorded: Recorded | None = None
    model: ModelSpec | None = None
    level: Level | None = None


@dataclass(frozen=True)
class StartRequest:
    """x_T of a seed before a chain has run: ``count`` samples of ``shape``. Shares the slider's mailbox.

    ``columns``: the same noises in each row of so many; None: all differ.
    """

    serial: int
    seed: int
    count: int
    shape: tuple[int, ...]
    eps_range: int = 1
    columns: int | None = None
    kind: str = "picture"


@dataclass(frozen=True)
class LoadRequest:
    """Load a model by its name; ``scheduler``: (schedule, T, prediction) if asked; ``datum``: of "exact:sha256:HEX"."""

    job: int
    name: str
    scheduler: tuple[str, int, str] | None = None
    datum: Datum | None = field(default=None, compare=False)


@dataclass(frozen=True)
class StartFrom:
    """ "Denoise from here": the picture uint8 (H, W, 3), cut to the model's shape, is noised to exactly ``level``.

    ``mask``: uint8 (H, W, 3), cut alike; the picture is kept where it is white, and drawn anew where it is black.
    """

    picture: np.ndarray
    level: int
    mask: np.ndarray | None = None


@dataclass(frozen=True)
class GenerateRequest:
    """Run the scene's reverse chain, its history first, from the seed's noise or from a picture.

    ``fork``: what its history has led to is recorded already; the states from there on are computed.
    """

    job: int
    scene: Scene
    start: StartFrom | None = None
    fork: Fork | None = None


@dataclass(frozen=True)
class ExportRequest:
    """Write a film of the scene to ``path``: of the picture in Forward, of the recorded chain in Reverse.

    ``filmstrip``: states in a row as one PNG instead.
    ``run``: the job of the recorded chain; None is the newest one. ``sheet``: the laboratory's, instead of a film.
    ``known``: what x_0 can be, for a lens that shows it. ``sample``: of several the one that is wanted; None: all.
    """

    job: int
    scene: Scene
    path: str
    options: Options
    picture: np.ndarray | None = None
    filmstrip: bool = False
    run: int | None = None
    sheet: Sheet | None = field(default=None, hash=False, compare=False)
    known: Known | None = field(default=None, hash=False, compare=False)
    sample: int | None = None


@dataclass(frozen=True)
class ExperimentRequest:
    """Run the scene's experiment; ``picture``: the user's own, uint8 (H, W, 3), for those that begin with one.

    ``clouds``: what its runs' models of the name "exact:sha256:HEX" are of, by that name.
    """

    job: int
    scene: Scene
    picture: np.ndarray | None = None
    clouds: Mapping[str, Datum] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class SaveRunRequest:
    """Write the recorded chain of job ``run``, made by ``scene`` (of futures with ``fan``), to a run file."""

    job: int
    scene: Scene
    path: str
    run: int
    fan: int = 0


@dataclass(frozen=True)
class OpenRunRequest:
    """Read a run file; answered by RunOpened before the closing event. No model is loaded then but its own."""

    job: int
    path: str


ViewRequest = NoisedRequest | StartRequest | PlaneRequest | LensRequest | StripRequest
Job = LoadRequest | GenerateRequest | ExportRequest | ExperimentRequest | SaveRunRequest | OpenRunRequest | TrainRequest


@dataclass(frozen=True)
class DeviceReady:
    """Where torch works, proved by an operation. ``note``: why it is not what was asked for, or None."""

    device: str
    label: str
    note: str | None = None


@dataclass(frozen=True)
class OneStep:
    """The same level by one chain step with fresh z: uint8 (H, W, 3) pictures; mean and deviation of x_t each way."""

    x_t: np.ndarray
    x_s: np.ndarray
    z: np.ndarray
    step_mean: float
    step_std: float
    jump_mean: float
    jump_std: float


@dataclass(frozen=True)
class Posterior:
    """q(x_{t-1} | x_t, x_0) = N(c_0 x_0 + c_t x_t, variance): its mean and three draws, uint8 (H, W, 3).

    ``x_0``: the guess that stands in its place, None where there is none; ``words``: what it is, or why it is not.
    """

    mean: np.ndarray
    draws: tuple[np.ndarray, ...]
    c_0: float
    c_t: float
    variance: float
    x_0: np.ndarray | None = None
    words: str = ""


@dataclass(frozen=True)
class Noised:
    """The answer to a NoisedRequest: uint8 (H, W, 3) pictures, and x_0 and ε as they are, float32 (*S)."""

    request: NoisedRequest
    x_t: np.ndarray
    x_0: np.ndarray
    eps: np.ndarray
    x_0_values: np.ndarray
    eps_values: np.ndarray
    step: OneStep | Posterior | None = None
    pinned: np.ndarray | None = None  # x_t of the pinned schedule


@dataclass(frozen=True)
class Strip:
    """The answer to a StripRequest: a picture of each level, uint8 (N, H, W, 3)."""

    request: StripRequest
    pictures: np.ndarray


@dataclass(frozen=True)
class Lensed:
    request: LensRequest
    chart: Chart


@dataclass(frozen=True)
class StartNoise:
    """The answer to a StartRequest: all samples as one picture, uint8 (H, W, 3), and unclipped, float32 (N, *S)."""

    request: StartRequest
    x_T: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class ModelLoaded:
    job: int
    info: ModelInfo


@dataclass(frozen=True)
class ModelFailed:
    """The model loaded before stays. ``ask_scheduler``: only the scheduler is missing, the person can say which."""

    job: int
    name: str
    message: str
    ask_scheduler: bool = False


@dataclass(frozen=True)
class ChainStarted:
    """``levels``: the t of all n+1 states. ``stride``: every stride-th state is kept (1 unless memory is short).

    ``kept``: jobs whose chains are still recorded; of the others nothing is left to go on from.
    """

    job: int
    levels: tuple[float, ...]
    stride: int = 1
    kept: tuple[int, ...] = ()


@dataclass(frozen=True)
class ChainStates:
    """New states in order, none left out; ``steps_per_s`` over the last second or so. To be acknowledged."""

    job: int
    states: tuple[State, ...]
    steps_per_s: float


@dataclass(frozen=True)
class ExperimentParts:
    """New parts of the sheet, in order."""

    job: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class RunOpened:
    """A run file was read: who made its chain, and all states of it. ``job`` is now the name of the recording.

    ``info``: that of the model that is loaded where this made it.
    """

    job: int
    path: str
    scene: Scene
    info: ModelInfo
    states: tuple[State, ...]
    fan: int = 0


@dataclass(frozen=True)
class ExportProgress:
    job: int
    done: int
    total: int


@dataclass(frozen=True)
class JobDone:
    job: int
    path: str | None = None


@dataclass(frozen=True)
class JobFailed:
    """``message``: one line with cause and remedy. ``fault``: it is ours, and the log has the traceback."""

    job: int
    message: str
    fault: bool = False


@dataclass(frozen=True)
class JobCancelled:
    job: int


@dataclass(frozen=True)
class Fault:
    """Something unexpected outside a job; the log has the traceback."""

    message: str


Event = (
    DeviceReady
    | Noised
    | Strip
    | Plane
    | Lensed
    | StartNoise
    | ModelLoaded
    | ModelFailed
    | ChainStarted
    | ChainStates
    | ExperimentParts
    | Learned
    | RunOpened
    | ExportProgress
    | JobDone
    | JobFailed
    | JobCancelled
    | Fault
)
