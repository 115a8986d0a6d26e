"""Session: the scene and what is going on beside it, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from diffviz.scene import Scene
from diffviz.session.provenance import changed_settings
from diffviz.session.sheets import changed_for_run

NO_RUN = -1
WEIGHTS = "model.weights"  # among the changes
ASIDE = -2  # for undo: there was no chain, and none is shown again


@dataclass(frozen=True)
class ModelState:
    """Which model can be run.

    ``known``: its summary and classes are there; ``loading``: one is on its way; ``recorded``: the file of an opened
    chain, whose model is known and not loaded; ``waited``: a chain begins when it is loaded; ``number``: counts the
    models that were shown; ``kind``: of data, that it knows; ``guides``: it has a null class; ``pictures``: it
    brings those it was trained on; ``worded``: it is told words; ``learnt``: the digest of the points that it learnt,
    where that is known.
    """

    known: bool = False
    loading: bool = False
    recorded: str = ""
    waited: bool = False
    number: int = 0
    kind: str = "picture"
    guides: bool = True
    pictures: bool = False
    worded: bool = False
    learnt: str = ""

    @property
    def ready(self) -> bool:
        """Whether a chain could begin at once."""
        return self.known and not self.loading and not self.recorded


@dataclass(frozen=True)
class JobState:
    """What runs: ``kind`` is "" or generate | export | experiment | train | save_run | open_run.

    ``decides``: the chain is one of a row of futures that ends where it began.
    """

    kind: str = ""
    paused: bool = False
    stopping: bool = False
    decides: bool = False

    @property
    def running(self) -> bool:
        return bool(self.kind)


@dataclass(frozen=True)
class RunState:
    """The recorded chain whose states are shown.

    ``job``: the engine's name of it; ``index``: the state shown, of ``length`` that are there; ``spreads``: counts what
    is known of how far futures part; ``made``: the scene that made it; ``asked``: what was set then, which for futures
    is another; ``t``: of the state shown, None where there is none; ``fan``: how many futures of one state it holds;
    ``count``: samples side by side; ``open_tile``: the one that is looked into; ``parents``: chains that it was
    branched from; ``following``: the newest state is shown as it comes; ``own``: the model that made it is the one
    loaded; ``replaced``: what made the chain before it, where it can be brought back; ``on_from``: t of the state that
    "go on" begins with: the one shown, or after arrival at 0 the chain's middle; ``kind``: of data, that it is of;
    ``learnt``: as of the model, of the one that made it; ``relearnt``: the one loaded has other weights than that.
    """

    job: int = NO_RUN
    index: int = 0
    length: int = 0
    spreads: int = 0
    made: Scene = field(default_factory=Scene)
    asked: Scene = field(default_factory=Scene)
    t: float | None = None
    fan: int = 0
    count: int = 1
    open_tile: int | None = None
    parents: int = 0
    following: bool = True
    own: bool = True
    replaced: str = ""
    on_from: float | None = None
    kind: str = "picture"
    learnt: str = ""
    relearnt: bool = False

    @property
    def there(self) -> bool:
        return self.t is not None

    @property
    def chosen(self) -> int | None:
        """The one sample that is looked at, or None where there are several."""
        return 0 if self.count == 1 else self.open_tile


@dataclass(frozen=True)
class SheetState:
    """The laboratory's sheet: whether it has cells, whether those that are looked at are chains to walk through, and
    whether any are.

    ``done``: even parts of the experiment's work, and all of them; ``kept``: of those done, the ones that the newest
    run did not compute; ``partial``: it has not come to its end; ``made``: what it was run with, see ``Scene.read``.
    """

    filled: bool = False
    walkable: bool = False
    done: tuple[int, int] = (0, 0)
    kept: int = 0
    partial: bool = False
    made: Scene | None = None
    chains: bool = False

    @property
    def stopped(self) -> str:
        """How far one came that did not come to its end."""
        done, total = self.done
        far = f"stopped at {100 * done // total}%" if total else "stopped"  # not all of them count network calls
        return far if self.partial else ""


@dataclass(frozen=True)
class Session:
    """One moment of a window."""

    scene: Scene = field(default_factory=Scene)
    model: ModelState = ModelState()
    job: JobState = JobState()
    run: RunState = RunState()
    sheet: SheetState = SheetState()
    in_hand: bool = False  # a stroke is being drawn, which undo takes back and nothing else
    can_undo: bool = False
    can_redo: bool = False
    undo_words: str = ""  # what undo takes back: "class cat"
    redo_words: str = ""
    playing: bool = False
    saved: Scene | None = None  # what made the chain of the scene that was opened, with what was open then
    left: bool = False  # what the window before was left with is there
    points: str = ""  # the digest of those that are open; "" of other data

    @property
    def page(self) -> str:
        """forward | reverse | laboratory."""
        return self.scene.way

    @property
    def seen_kind(self) -> str:
        """The kind of data that the panels show: what is open, the chain's, or what the model makes."""
        if self.scene.forward:
            return self.scene.data.kind
        if self.run.there and not self.scene.laboratory:
            return self.run.kind
        return self.model.kind if self.model.known else self.scene.data.kind

    @property
    def apart(self) -> bool:
        """Whether the chain shown is of other data than what is open: nothing of these belongs beside its states."""
        made, data = self.run.made, self.scene.data
        exact, _, of = made.model.name.partition(":")  # of an opened run that is all that tells of its data
        if exact.startswith("exact"):
            other = data.source not in (made.data.source, of, f"builtin:{of}", f"path:{of}")
        else:
            told = made.data.kind == data.kind  # of an opened run nothing else tells of them
            other = self.learnt_others(self.run.learnt) if self.run.learnt else told and made.data != data
        return not self.scene.forward and self.run.there and (other or self.run.kind != data.kind)

    def learnt_others(self, learnt: str) -> bool:
        """Whether a network that learnt the points of that digest learnt others than those that are open."""
        return bool(learnt) and bool(self.points) and learnt != self.points

    @property
    def on_chain(self) -> bool:
        """Whether the page of the recorded chain is seen: "Remove noise"."""
        return not (self.scene.forward or self.scene.laboratory)

    def shows(self, job: int) -> bool:
        """Whether the chain of that job is on the screen."""
        return self.on_chain and self.run.job == job

    @property
    def changed(self) -> bool:
        """Whether "go on" would run with other settings than those under which the chain shown was asked for."""
        asked, scene = self.run.asked, self.scene
        return (asked.model, asked.sampler, asked.noise) != (scene.model, scene.sampler, scene.noise)

    @property
    def again(self) -> Scene | None:
        """What made the chain of the opened scene, where it is not shown and the history that is set runs it again."""
        saved, scene = self.saved, self.scene
        if saved is None or self.run.there or not self.on_chain or not (saved.history or saved.start):
            return None
        begun = [(each.start, each.inpaint, each.data) for each in (saved, scene)] if saved.start else []
        return saved if saved.history == scene.history and len(set(begun)) < 2 else None

    @property
    def changes(self) -> frozenset[str]:
        """The settings that are others than those under which the chain shown was asked for: for the next chain;
        where none is, than those of an opened scene's chain (``again``).

        Its "start" is among them where it did not begin with pure noise alone, as the next one would, and
        "model.weights" where the network of that name has learnt on since, which alone can't be set back. In the
        laboratory those that are others than its sheet was run with: for the next run.
        """
        if self.scene.laboratory and self.sheet.filled and self.sheet.made is not None:
            return changed_for_run(self.sheet.made, self.scene, self.model.kind, self.model.pictures)
        if not (self.run.there and self.on_chain):
            return changed_settings(self.again, self.scene) if self.again else frozenset()
        asked, scene = self.run.asked, self.scene
        lost = (asked.history or asked.start) and not (scene.history or scene.start)
        learnt_on = self.run.relearnt and asked.model.name == scene.model.name
        return changed_settings(asked, scene) | ({"start"} if lost else set()) | ({WEIGHTS} if learnt_on else set())
