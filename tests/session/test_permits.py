"""What can be done now, as a table over sessions."""

from __future__ import annotations

import dataclasses
from itertools import product
from types import MappingProxyType

import pytest

from diffviz import catalog
from diffviz.entries import Entry
from diffviz.gui.actions import ACTIONS
from diffviz.lens_catalog import LENSES
from diffviz.scene import MAX_LEGS, NO_POINTS, DataSpec, ExperimentSpec, Leg, ModelSpec, SamplerSpec, Scene, ViewSpec
from diffviz.session.permits import NOT_LOADED, locked, permits, refusal, running, words_wait
from diffviz.session.state import JobState, ModelState, RunState, Session, SheetState

LOADED, LOADING, OPENED = ModelState(True), ModelState(True, True), ModelState(True, False, "a.diffviz-run")
OTHER, TRAINED = ModelState(True, kind="points"), ModelState(True, pictures=True)
HEARD, NO_SOUND_YET = ("play_sound", "save_sound"), Scene(direction="reverse", data=DataSpec("sound"))
FIRST, NONE = ModelState(False, True), ModelState()
CHAIN, HELD = JobState("generate"), JobState("generate", paused=True)
ROW = JobState("generate", decides=True)
FORWARD, REVERSE = Scene(), Scene(direction="reverse")
LABORATORY = Scene(direction="reverse", view=ViewSpec(page="laboratory"))
OWN_PICTURE = LABORATORY.replace(experiment=ExperimentSpec("strength"))
BOTH = "path:/a/b.csv", "sha256:00"
MINE = LABORATORY.replace(
    data=DataSpec("points", "sha256:00"), experiment=ExperimentSpec("strength", (("begin", "open"),))
)
GUIDANCE, FOLDER = (
    LABORATORY.replace(experiment=ExperimentSpec("guidance")),
    ExperimentSpec("checkpoints", (("folder", "trained"),)),
)
COPIES = LABORATORY.replace(experiment=ExperimentSpec("copies"))
GRID_OF_WORDS = LABORATORY.replace(experiment=ExperimentSpec("words"))
MIDDLE, ARRIVED = RunState(REVERSE, t=500.0), RunState(REVERSE, t=0.0)
WALKS = "first", "back", "back_ten", "next", "next_ten", "last", "type_t"
NEWEST, OTHER_SAMPLER = RunState(REVERSE, index=2, length=3, t=500.0), REVERSE.replace(sampler=SamplerSpec("ddim", 20))
MOONS, RINGS = DataSpec("points", "builtin:two_moons"), DataSpec("points", "builtin:rings")
EXACT = REVERSE.replace(data=MOONS, model=ModelSpec("exact:two_moons"))
OF_MOONS = RunState(made=EXACT, t=500.0, kind="points")
DRAWN = DataSpec("points", "sha256:00")
OPENED_DRAWN = RunState(made=REVERSE.replace(model=ModelSpec(f"exact:{DRAWN.source}")), t=500.0, kind="points")
OPENED_MOONS = RunState(made=REVERSE.replace(model=ModelSpec("exact-50:two_moons")), t=500.0, kind="points")
OF_NETWORK = RunState(made=REVERSE.replace(data=RINGS), t=500.0, kind="points", learnt="a")
OF_UNKNOWN = RunState(made=REVERSE.replace(data=MOONS), t=500.0, kind="points")
EMPTY = DataSpec("points", NO_POINTS)
ANOTHER = dataclasses.replace(MIDDLE, asked=REVERSE.replace(model=ModelSpec("faces-64")), own=False)
OF_LENSES = *(f"lens_{name}" for name in LENSES), "save_lens", "copy_numbers", "save_numbers"
GRID = RunState(REVERSE.replace(count=9), t=500.0, count=9)
FUTURES = RunState(REVERSE, t=400.0, fan=9, count=9, parents=1)
PAST = tuple(Leg(float(MAX_LEGS - k)) for k in range(MAX_LEGS))
LONG = dataclasses.replace(MIDDLE, made=REVERSE.replace(history=PAST))
# what waits for the end of whatever runs, on the page where it would be allowed
BEGINS = (
    {"denoise": FORWARD, "export": LABORATORY}
    | dict.fromkeys(("generate", "opening", "save_run", "go_on", "futures", "decide", "take_settings"), REVERSE)
    | dict.fromkeys(("repeat", "restore_chain"), REVERSE.replace(start=400))
)
JOBS = (
    (JobState("export"), "export is running"),
    (JobState("experiment"), "experiment is running"),
    (JobState("train"), "being trained"),
    (JobState("open_run"), "being read or written"),
)


def session(scene=REVERSE, model=LOADED, job=JobState(), run=RunState(), **more):  # noqa: B008
    return Session(scene, model, job, run, **more)


@pytest.fixture(autouse=True)
def _points(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second kind of data."""
    kinds = {**catalog.KINDS, "points": Entry("points", "points", "", plane=True)}
    monkeypatch.setattr(catalog, "KINDS", MappingProxyType(kinds))


# action, session, what the reason holds ("" where it is allowed)
TABLE = [
    ("lens_spectrum", session(FORWARD), ""),
    ("lens_spectrum", session(Scene(data=DataSpec("line"))), "open a picture"),
    ("lens_spectrum", session(run=dataclasses.replace(MIDDLE, kind="line")), "generate a picture"),
    *[(name, session(LABORATORY), "no lens") for name in OF_LENSES],
    *[(name, session(scene), "") for name in OF_LENSES for scene in (FORWARD, REVERSE)],
    ("one_to_one", session(FORWARD), ""),
    ("one_to_one", session(LABORATORY), "Remove noise"),
    ("unfold", session(REVERSE), ""),
    *[("unfold", session(scene), "chain's step") for scene in (FORWARD, LABORATORY)],
    ("one_to_one", session(Scene(data=DataSpec("line"))), "pixels of their own"),
    ("one_to_one", session(Scene(data=DataSpec("sound"))), "pixels of their own"),
    ("generate", session(), ""),
    ("generate", session(REVERSE.replace(data=EMPTY)), ""),
    ("generate", session(EXACT.replace(data=EMPTY)), "no points"),
    ("generate", session(FORWARD), ""),
    ("generate", session(model=LOADING), ""),
    ("generate", session(model=FIRST), ""),
    ("generate", session(model=NONE), "No model"),
    ("generate", session(model=OPENED), NOT_LOADED),
    ("generate", session(job=CHAIN), "chain is running"),
    ("generate", session(job=CHAIN, model=OPENED), "chain is running"),
    *(
        (name, session(page, job=job, run=MIDDLE, sheet=SheetState(True)), words)
        for name, page in BEGINS.items()
        for job, words in JOBS
    ),
    *(
        (name, session(BEGINS[name], job=HELD, run=MIDDLE), "chain is paused")
        for name in ("generate", "denoise", "opening", "save_run", "repeat", "restore_chain", "export")
    ),
    ("generate", session(GUIDANCE), "choose a class"),
    ("generate", session(GUIDANCE.replace(model=ModelSpec(class_label="cat"))), ""),
    ("generate", session(GUIDANCE, ModelState(True, guides=False)), "no null class"),
    ("generate", session(COPIES), "choose a folder of pictures"),
    ("generate", session(COPIES, OTHER), "choose a model that makes some"),
    ("generate", session(COPIES, ModelState(True, pictures=True)), ""),
    ("generate", session(GUIDANCE, ModelState(True, worded=True)), "type some"),
    ("generate", session(GRID_OF_WORDS, ModelState(True, worded=True)), ""),
    ("generate", session(GRID_OF_WORDS), "choose a model that is told some"),
    ("generate", session(GUIDANCE.replace(view=ViewSpec(), direction="forward")), ""),
    ("generate", session(LABORATORY.replace(experiment=ExperimentSpec("checkpoints"))), "choose one"),
    ("generate", session(LABORATORY.replace(experiment=ExperimentSpec("loss"))), "choose a folder of pictures"),
    ("generate", session(LABORATORY.replace(experiment=FOLDER)), ""),
    ("opening", session(), ""),
    ("opening", session(job=CHAIN), "chain is running"),
    ("cancel", session(), "Nothing is running"),
    ("cancel", session(job=JobState("export")), ""),
    ("pin_schedule", session(FORWARD), ""),
    ("pin_schedule", session(), "Add noise"),
    ("denoise", session(FORWARD), ""),
    ("denoise", session(), "Add noise"),
    ("denoise", session(FORWARD, LOADING), "loading"),
    ("denoise", session(FORWARD, NONE), "loading"),
    ("denoise", session(FORWARD, OPENED), NOT_LOADED),
    ("denoise", session(FORWARD, job=CHAIN), "chain is running"),
    ("denoise", session(FORWARD, OTHER), "What is open is of the kind “picture”, the model's is “points”"),
    ("brush", session(), ""),
    ("brush", session(model=OTHER), "the model's kind is “points”"),
    ("brush", session(Scene(data=DataSpec("points")), OTHER), ""),  # their own brush
    ("generate", session(model=OTHER), ""),
    ("generate", session(LABORATORY, OTHER), ""),
    ("generate", session(OWN_PICTURE, OTHER), "of the kind"),
    ("generate", session(OWN_PICTURE), ""),
    *[("generate", session(OWN_PICTURE.replace(data=DataSpec("points", source)), TRAINED), "") for source in BOTH],
    *[("generate", session(OWN_PICTURE.replace(data=DataSpec("points", source))), "of the kind") for source in BOTH],
    ("generate", session(MINE, TRAINED), "of the kind"),
    *((name, session(FORWARD), "Only a sound can be heard") for name in HEARD),
    *((name, session(FORWARD.replace(data=DataSpec("sound"))), "") for name in HEARD),
    *(
        (name, session(NO_SOUND_YET, ModelState(True, kind="sound")), "Nothing is recorded to be heard yet")
        for name in HEARD
    ),
    *((name, session(run=dataclasses.replace(MIDDLE, kind="sound"), model=OTHER), "") for name in HEARD),
    *((name, session(run=MIDDLE, model=ModelState(True, kind="sound")), "Only a sound") for name in HEARD),
    *((name, session(FORWARD), "Only over points") for name in ("density", "arrows", "paths")),
    *((name, session(FORWARD.replace(data=DataSpec("points"))), "") for name in ("density", "arrows", "paths")),
    ("density", session(REVERSE.replace(data=DataSpec("points")), run=MIDDLE), "Only over points"),
    ("density", session(REVERSE.replace(data=DataSpec("points")), run=dataclasses.replace(MIDDLE, kind="points")), ""),
    ("density", session(REVERSE.replace(data=RINGS), run=OF_MOONS), "of other points"),
    ("density", session(REVERSE.replace(data=MOONS), run=OF_MOONS), ""),
    ("density", session(REVERSE.replace(data=MOONS), run=dataclasses.replace(OF_MOONS, count=4)), "click one of these"),
    ("density", session(REVERSE.replace(data=MOONS), run=dataclasses.replace(OF_MOONS, count=4, open_tile=1)), ""),
    ("density", session(REVERSE.replace(data=MOONS), run=OPENED_MOONS), ""),
    ("density", session(FORWARD.replace(data=EMPTY)), "no points"),
    ("export", session(FORWARD.replace(data=EMPTY)), "no point to export"),
    ("denoise", session(FORWARD.replace(data=EMPTY), ModelState(True, kind="points")), "no points"),
    ("density", session(REVERSE.replace(data=MOONS), run=OF_NETWORK, points="a"), ""),
    ("density", session(REVERSE.replace(data=MOONS), run=OF_NETWORK, points="b"), "of other points"),
    ("density", session(REVERSE.replace(data=MOONS), run=OF_UNKNOWN), ""),
    ("density", session(REVERSE.replace(data=RINGS), run=OF_UNKNOWN), "of other points"),
    ("density", session(EXACT.replace(count=4), OTHER), "several x_T"),
    ("density", session(EXACT.replace(count=4, direction="forward")), ""),
    ("density", session(REVERSE.replace(data=DRAWN), run=OPENED_DRAWN), ""),
    ("play", session(FORWARD), ""),
    ("play", session(), "no chain"),
    ("play", session(run=MIDDLE), ""),
    ("play", session(LABORATORY, run=MIDDLE), "no chain"),
    ("play", session(LABORATORY, job=JobState("experiment")), "to walk through yet"),
    ("play", session(LABORATORY, sheet=SheetState(True)), "has no chains"),
    ("play", session(LABORATORY, sheet=SheetState(True, chains=True)), "Click a picture"),
    ("play", session(LABORATORY, sheet=SheetState(True, True)), ""),
    *[(name, session(FORWARD), "") for name in WALKS],
    *[(name, session(), "no chain") for name in WALKS],
    ("type_t", session(LABORATORY, sheet=SheetState(True, True)), "no number t to type"),
    *[(name, session(LABORATORY), "press Run first") for name in WALKS],
    *[(name, session(LABORATORY, job=JobState("experiment")), "to walk through yet") for name in WALKS],
    *[(name, session(LABORATORY, sheet=SheetState(True)), "has no chains") for name in WALKS],
    *[(name, session(LABORATORY, sheet=SheetState(True, chains=True)), "Click a picture") for name in WALKS],
    ("fit", session(LABORATORY), "press Run first"),
    *[("fit", each, "") for each in (session(FORWARD), session(), session(LABORATORY, sheet=SheetState(True)))],
    ("export", session(FORWARD), ""),
    ("export", session(), "no chain"),
    ("export", session(run=MIDDLE), ""),
    ("export", session(LABORATORY, run=MIDDLE), "no result"),
    ("export", session(LABORATORY, sheet=SheetState(True)), ""),
    ("export", session(LABORATORY, job=CHAIN, sheet=SheetState(True)), "chain is running"),
    ("export", session(LABORATORY, job=JobState("experiment"), sheet=SheetState(True)), "experiment is running"),
    ("export", session(LABORATORY, job=JobState("export"), sheet=SheetState(True)), "export is running"),
    ("export", session(LABORATORY, job=JobState("open_run"), sheet=SheetState(True)), "being read or written"),
    ("save_run", session(run=MIDDLE), ""),
    ("save_run", session(), "no chain"),
    ("save_run", session(FORWARD, run=MIDDLE), "no chain"),
    ("save_run", session(LABORATORY, run=MIDDLE), "no chain"),
    ("save_run", session(job=CHAIN, run=MIDDLE), "chain is running"),
    ("pause", session(), "No chain"),
    ("pause", session(job=CHAIN, run=MIDDLE), ""),
    ("pause", session(job=JobState("generate", stopping=True)), "No chain"),
    ("pause", session(job=JobState("experiment")), "No chain"),
    ("pause", session(OTHER_SAMPLER, job=HELD, run=MIDDLE), "others now"),
    ("pause", session(REVERSE.replace(t=3, seed=4), job=HELD, run=MIDDLE), ""),
    ("pause", session(OTHER_SAMPLER, job=HELD, run=dataclasses.replace(FUTURES, asked=OTHER_SAMPLER)), ""),
    ("next", session(OTHER_SAMPLER, job=HELD, run=NEWEST), "others now"),
    ("next", session(OTHER_SAMPLER, job=HELD, run=dataclasses.replace(NEWEST, index=1)), ""),
    ("next", session(REVERSE.replace(t=3, seed=4), job=HELD, run=NEWEST), ""),
    ("next", session(OTHER_SAMPLER, run=NEWEST), ""),
    ("next_ten", session(OTHER_SAMPLER, job=HELD, run=NEWEST), "others now"),
    ("go_on", session(run=MIDDLE), ""),
    ("go_on", session(job=HELD, run=MIDDLE), ""),
    ("go_on", session(job=CHAIN, run=MIDDLE), "Pause"),
    ("go_on", session(job=CHAIN), "Pause"),
    ("go_on", session(job=JobState("export"), run=MIDDLE), "export is running"),
    ("go_on", session(), "no chain to go on"),
    ("go_on", session(FORWARD, run=MIDDLE), "Remove noise"),
    ("go_on", session(LABORATORY, run=MIDDLE), "Remove noise"),
    ("go_on", session(model=OPENED, run=MIDDLE), NOT_LOADED),
    ("go_on", session(run=ARRIVED), "arrived"),
    ("go_on", session(run=dataclasses.replace(ARRIVED, on_from=500.0)), ""),
    ("go_on", session(run=GRID), ""),
    ("go_on", session(run=FUTURES), "Open one of the futures"),
    ("go_on", session(run=dataclasses.replace(FUTURES, open_tile=0)), ""),
    ("go_on", session(run=LONG), f"{MAX_LEGS} times"),
    ("futures", session(run=MIDDLE), ""),
    ("futures", session(run=GRID), "Open one sample"),
    ("futures", session(run=dataclasses.replace(GRID, open_tile=4)), ""),
    ("futures", session(run=ARRIVED), "arrived"),
    ("futures", session(run=dataclasses.replace(ARRIVED, on_from=500.0)), ""),
    *[(name, session(FORWARD, run=MIDDLE), "Remove noise") for name in ("futures", "decide")],
    *[(name, session(model=OPENED, run=MIDDLE), NOT_LOADED) for name in ("futures", "decide")],
    *[(name, session(), "no chain to go on") for name in ("futures", "decide")],
    *[(name, session(job=CHAIN, run=MIDDLE), "Pause") for name in ("futures", "decide")],
    *[(name, session(job=HELD, run=MIDDLE), "") for name in ("futures", "decide")],
    *[(name, session(job=JobState("export"), run=MIDDLE), "export is running") for name in ("futures", "decide")],
    *[(name, session(run=ANOTHER), "another model") for name in ("futures", "decide")],
    *[(name, session(run=LONG), f"{MAX_LEGS} times") for name in ("futures", "decide")],
    ("futures", session(run=FUTURES), "Open one of the futures"),
    ("futures", session(run=dataclasses.replace(FUTURES, open_tile=0)), ""),
    ("decide", session(run=ARRIVED), ""),
    ("decide", session(run=GRID), "Open one sample"),
    ("decide", session(run=FUTURES), "Go back"),
    ("decide", session(LABORATORY, run=FUTURES), "Remove noise"),  # where Esc leads nowhere
    *[("decide", session(job=job, run=FUTURES), "press Stop first") for job in (CHAIN, HELD)],  # nor while they run
    ("return", session(run=MIDDLE), "No branch"),
    ("return", session(FORWARD, run=FUTURES), "Remove noise"),
    ("return", session(run=FUTURES), ""),
    ("return", session(job=CHAIN, run=FUTURES), "chain is running"),
    ("return", session(job=HELD, run=FUTURES), "chain is paused"),
    *[("return", session(job=job, run=FUTURES), words) for job, words in JOBS],
    ("repeat", session(), "Nothing was changed"),
    ("repeat", session(run=dataclasses.replace(LONG, asked=LONG.made)), "not set any more"),
    ("repeat", session(run=dataclasses.replace(MIDDLE, asked=REVERSE.replace(start=400))), "not set any more"),
    ("repeat", session(REVERSE.replace(start=400)), ""),
    ("repeat", session(REVERSE.replace(history=PAST[:1])), ""),
    ("repeat", session(FORWARD.replace(history=PAST, model=ModelSpec("/a/drums"))), "choose emoji-32 first"),
    ("repeat", session(FORWARD.replace(history=(Leg(9.0, -1, ModelSpec("/a/b")),), model=ModelSpec("b"))), ""),
    ("repeat", session(FORWARD.replace(start=400), OTHER), "of the kind “picture”, the model's is “points”"),
    ("repeat", session(REVERSE.replace(start=400), NONE), "loading"),
    ("repeat", session(REVERSE.replace(start=400), OPENED), NOT_LOADED),
    ("repeat", session(REVERSE.replace(start=400), job=CHAIN), "chain is running"),
    ("repeat", session(REVERSE.replace(start=400), run=MIDDLE), ""),
    ("repeat", session(REVERSE.replace(start=400), run=FUTURES), "Go back"),
    ("repeat", session(FORWARD.replace(start=400), run=FUTURES), ""),
    ("repeat", session(REVERSE.replace(start=400, seed=1), run=MIDDLE), "take the chain's back"),
    ("restore_chain", session(run=MIDDLE), "No chain was replaced"),
    ("restore_chain", session(run=dataclasses.replace(MIDDLE, replaced="cat · DDPM 250 · seed 0")), ""),
    (
        "restore_chain",
        session(job=CHAIN, run=dataclasses.replace(MIDDLE, replaced="cat · DDPM 250 · seed 0")),
        "chain is running",
    ),
    ("take_settings", session(run=dataclasses.replace(MIDDLE, asked=REVERSE)), "are the settings"),
    ("take_settings", session(REVERSE.replace(seed=4), run=MIDDLE), ""),
    ("take_settings", session(run=dataclasses.replace(MIDDLE, asked=REVERSE.replace(start=400))), ""),
    ("take_settings", session(REVERSE.replace(seed=4)), "no chain"),
    ("take_settings", session(FORWARD.replace(seed=4), run=MIDDLE), "no chain"),
    ("take_settings", session(REVERSE.replace(seed=4), job=CHAIN, run=MIDDLE), "chain is running"),
    ("take_settings", session(REVERSE.replace(seed=4), job=HELD, run=MIDDLE), ""),
    ("go_on", session(run=ANOTHER), "another model; take its settings back"),
    (
        "go_on",
        session(run=dataclasses.replace(MIDDLE, own=False)),
        "Nothing says that the network loaded now made",
    ),  # nothing to take back
    ("live", session(job=CHAIN, run=dataclasses.replace(MIDDLE, following=False)), ""),
    ("live", session(job=CHAIN, run=MIDDLE), "follows"),
    ("live", session(run=dataclasses.replace(MIDDLE, following=False)), "follows"),
    ("favourite", session(run=MIDDLE), ""),
    ("favourite", session(), "no sample"),
    ("favourite", session(FORWARD, run=MIDDLE), "Only in “Remove noise”"),
    ("favourite", session(LABORATORY, run=MIDDLE), "Only in “Remove noise”"),
    ("last_time", session(), "of a window before"),
    ("last_time", session(left=True), ""),
    ("undo", session(), "Nothing"),
    ("undo", session(can_undo=True), ""),
    ("undo", session(job=ROW), ""),
    ("redo", session(), "Nothing"),
    ("redo", session(can_redo=True, job=ROW), "one after the other"),
    ("redo", session(can_redo=True), ""),
    ("undo", session(in_hand=True), ""),
    ("redo", session(in_hand=True, can_redo=True), "lift the brush first"),
]


@pytest.mark.parametrize("action, now, reason", TABLE, ids=[f"{k}-{row[0]}" for k, row in enumerate(TABLE)])
def test_permits(action: str, now: Session, reason: str) -> None:
    why = permits(now)[action]
    assert why == refusal(action, now)
    assert (reason in why) if reason else not why, why


EVERY = [
    session(scene, model, job, run, sheet=sheet)
    for scene, model, job, run, sheet in product(
        (FORWARD, REVERSE, LABORATORY),
        (LOADED, LOADING, OPENED, FIRST, NONE),
        [JobState(kind) for kind in ("", "generate", "export", "experiment", "save_run", "open_run")] + [HELD],
        (RunState(), MIDDLE, ARRIVED, GRID, FUTURES),
        (SheetState(), SheetState(True, True)),
    )
]


def test_the_table_has_every_reason_of_every_action() -> None:
    told: dict[str, set[str]] = {}
    for action, now, _ in TABLE:
        told.setdefault(action, set()).add(refusal(action, now))
    for now in EVERY:
        for action, why in permits(now).items():
            assert why in told[action], f"{action}: {why or 'allowed'}"


def test_every_action_that_is_decided_exists_and_every_reason_is_a_sentence_for_a_tooltip() -> None:
    for now in EVERY:
        for name, why in permits(now).items():
            assert name in ACTIONS
            assert why == why.strip() and "\n" not in why and not why.endswith(".") and len(why) < 110


def test_what_begins_a_job_is_never_allowed_beside_one_that_cannot_be_paused() -> None:
    for now in EVERY:
        if now.job.running and not now.job.paused:
            allowed = permits(now)
            assert all(allowed[name] for name in ("generate", "denoise", "go_on", "futures", "decide", "repeat"))
            assert running(now) and not allowed["cancel"]
        if not now.job.running:
            assert not running(now) and not locked(now)


def test_nothing_is_run_with_a_model_that_is_not_there() -> None:
    for now in EVERY:
        if now.model.recorded or now.model == NONE:
            allowed = permits(now)
            assert all(allowed[name] for name in ("generate", "denoise"))
        if now.model.recorded:
            assert all(permits(now)[name] for name in ("go_on", "futures", "decide", "repeat"))


@pytest.mark.parametrize("page, scene", [("forward", FORWARD), ("reverse", REVERSE), ("laboratory", LABORATORY)])
def test_the_page_is_told_in_one_place(page: str, scene: Scene) -> None:
    assert Session(scene).page == page


def test_only_what_a_chain_is_made_with_counts_as_changed() -> None:
    same = session(REVERSE.replace(t=7, seed=3, view=ViewSpec(speed=2.0)), run=MIDDLE)
    assert not same.changed
    for change in ({"model": ModelSpec("other")}, {"sampler": SamplerSpec("ddim")}, {"noise": 4}):
        assert session(REVERSE.replace(**change), run=MIDDLE).changed


def test_words_wait_for_all_but_a_paused_chain_of_words() -> None:
    told = ModelState(True, worded=True)
    assert not words_wait(session()) and not words_wait(session(model=told, job=HELD))
    assert "chain is running" in words_wait(session(model=told, job=CHAIN))
    assert "chain is paused" in words_wait(session(job=HELD))
    assert "export is running" in words_wait(session(model=told, job=JobState("export")))
