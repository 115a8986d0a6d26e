"""The one place where the session changes."""

from __future__ import annotations

import pytest

from diffviz.scene import Scene, ScheduleSpec
from diffviz.session.state import JobState, RunState, Session
from diffviz.session.store import UNDO_LIMIT, Store


@pytest.fixture
def store() -> Store:
    return Store(Scene())


def listening(store: Store) -> list[tuple[Session, Session]]:
    heard: list[tuple[Session, Session]] = []
    store.changed.connect(lambda old, new: heard.append((old, new)))
    return heard


def test_a_change_says_what_was_and_what_is(store: Store) -> None:
    heard = listening(store)
    store.edit(t=7)
    store.edit(t=7)  # no change, no signal
    assert [(old.scene.t, new.scene.t) for old, new in heard] == [(250, 7)]
    store.update(job=JobState("generate"))
    assert heard[1:] == [(heard[0][1], store.session)] and store.session.job.running


def test_changes_made_together_are_told_once(store: Store) -> None:
    heard = listening(store)
    with store.together():
        store.edit(seed=1)
        with store.together():
            store.edit(t=3)
        store.update(playing=True)
        assert not heard and store.scene.seed == 1
    assert [(old.scene.seed, new.scene.seed, new.scene.t, new.playing) for old, new in heard] == [(0, 1, 3, True)]
    with store.together():
        store.update(playing=False)
        store.update(playing=True)
    assert len(heard) == 1


def test_a_change_made_by_who_hears_of_one_waits_until_all_have_heard_it(store: Store) -> None:
    told: list[tuple[str, int, int]] = []

    def first(old: Session, new: Session) -> None:
        told.append(("first", old.scene.t, new.scene.t))
        if new.scene.t == 7:
            store.edit(t=8)

    store.changed.connect(first)
    store.changed.connect(lambda old, new: told.append(("second", old.scene.t, new.scene.t)))
    store.edit(t=7)
    assert told == [("first", 250, 7), ("second", 250, 7), ("first", 7, 8), ("second", 7, 8)]


def test_who_fails_to_hear_stops_nobody_for_good(store: Store) -> None:
    def failing(old: Session, new: Session) -> None:
        raise RuntimeError

    store.changed.connect(failing)
    with pytest.raises(RuntimeError):
        store.edit(t=7)
    store.changed.disconnect(failing)
    heard = listening(store)
    store.edit(t=8)
    assert [new.scene.t for _, new in heard] == [8]


def test_where_a_scene_is_shown_decides_its_t_and_undo_recalls_its_chain(store: Store) -> None:
    recalled: list[int] = []
    store.place = lambda old, new: min(new.t, 100)
    store.recall = recalled.append
    store.update(run=RunState(job=4))
    store.edit(t=300)
    assert store.scene.t == 100
    store.update(run=RunState(job=5))
    store.set(store.scene.replace(seed=3), replaced=4)
    store.undo()
    assert recalled == [4] and store.scene.seed == 0
    store.redo()
    assert recalled == [4] and store.scene.seed == 3  # the chain that is shown is the one that was


def test_the_moments_around_this_one_are_amended_as_far_as_they_are_alike(store: Store) -> None:
    for seed, t in ((1, 10), (2, 20), (2, 30), (2, 40)):
        store.edit(seed=seed, t=t)
    store.undo()
    store.amend(lambda past: past.replace(count=4) if past.seed == 2 else None)
    store.redo()
    assert (store.scene.t, store.scene.count) == (40, 4)
    counts = []
    while store.session.can_undo:
        store.undo()
        counts.append((store.scene.seed, store.scene.count))
    assert counts == [(2, 1), (2, 4), (1, 1), (0, 1)], "the scene itself is left alone"


def test_forwards_t_ends_at_its_T_whoever_asks(store: Store) -> None:
    store.edit(schedule=ScheduleSpec(T=8))
    assert store.scene.t == 8
    store.edit(t=860)  # of a slider's range that has gone
    assert store.scene.t == 8
    store.edit(direction="reverse", t=860)  # the model's own T
    assert store.scene.t == 860
    store.edit(direction="forward")
    assert store.scene.t == 8


def test_undo_and_redo_are_the_same_scenes(store: Store) -> None:
    first = store.scene
    store.edit(t=1)
    store.edit(seed=2)
    last = store.scene
    store.undo()
    store.undo()
    assert store.scene == first and not store.session.can_undo
    store.undo()  # nothing more
    store.redo()
    store.redo()
    assert store.scene == last and not store.session.can_redo


def test_a_gesture_is_one_entry(store: Store) -> None:
    store.begin_gesture()
    for t in range(50):
        store.edit(t=t)
    store.end_gesture()
    store.undo()
    assert store.scene.t == 250 and not store.session.can_undo


def test_a_gesture_without_a_change_is_none(store: Store) -> None:
    store.begin_gesture()
    store.edit(t=9)
    store.edit(t=250)
    store.end_gesture()
    assert not store.session.can_undo


def test_along_a_chain_t_is_no_step_and_leaves_redo(store: Store) -> None:
    """A click on the strip took away what the arrows left."""
    store.edit(direction="reverse")
    store.edit(seed=2)
    store.undo()
    store.edit(t=30)
    store.begin_gesture()
    store.edit(t=9)
    store.end_gesture()
    assert store.session.undo_words == "Remove noise" and store.session.redo_words == "seed 2"
    store.redo()
    assert (store.scene.seed, store.scene.t) == (2, 9)


def test_undo_in_the_middle_of_a_gesture_ends_it(store: Store) -> None:
    store.begin_gesture()
    store.edit(t=9)
    store.undo()
    assert store.scene.t == 250
    store.edit(t=30)
    assert store.session.can_undo


def test_the_history_is_bounded(store: Store) -> None:
    for seed in range(UNDO_LIMIT + 50):
        store.edit(seed=seed + 1)
    for _ in range(UNDO_LIMIT + 50):
        store.undo()
    assert store.scene.seed == 50


def test_a_setting_taken_back_leaves_t_where_playback_took_it(store: Store) -> None:
    store.edit(seed=7)
    store.edit(undo=False, t=90)
    store.undo()
    assert (store.scene.seed, store.scene.t) == (0, 90)
    store.redo()
    assert (store.scene.seed, store.scene.t) == (7, 90)
    store.edit(t=5)
    store.edit(undo=False, t=60)
    store.undo()
    assert store.scene.t == 90


def test_what_is_not_for_undo_leaves_no_entry(store: Store) -> None:
    store.edit(undo=False, t=3)
    assert not store.session.can_undo
