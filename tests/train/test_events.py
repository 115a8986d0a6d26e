"""What a training tells a program that watches it, and what such a program reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from diffviz.train.events import (
    EVENTS,
    REASONS,
    AllRead,
    Began,
    Ended,
    Failed,
    Interrupted,
    Progress,
    Reading,
    Saved,
    from_line,
    to_line,
)

ALL = [
    Reading(3, 12),
    AllRead(12, ("bright", "süß"), 2, ("a.png: is empty.", "\udcff.png: is empty.")),
    AllRead(9, (), 0, ()),
    Began(4, 1.5, "cuda:0", 2, 4_500_000),
    Progress(5, None, 0.25, 0.5, 1e-4, 71.0, 2.5, None),
    Progress(5, 9, 0.25, 0.5, 1e-4, 71.0, 2.5, 3.5),
    Saved(5, 2.5, 0.125, "/models/a/training/samples/00000005.png"),
    Saved(5, 2.5, None, None),
    Ended(9, 4.5, True),
    Interrupted(None),
    Interrupted(5),
    Failed("disk", "x: full; go on with --resume.", "x: full", 5),
    Failed("refused", "x: is no folder.", "x: is no folder", None),
]


@pytest.mark.parametrize("event", ALL)
def test_an_event_is_one_line_and_comes_back_the_same(event):
    line = to_line(event)
    assert "\n" not in line and EVENTS[json.loads(line)["event"]] is type(event)
    assert from_line(line) == event == from_line(line.encode() + b"\n")


def test_every_kind_is_tried():
    assert {type(event) for event in ALL} == set(EVENTS.values())
    assert all(event.reason in REASONS for event in ALL if isinstance(event, Failed))


def test_the_names_stay():
    """Programs of others read them: new ones may come, none may go."""
    assert {name: sorted(kind.__dataclass_fields__) for name, kind in EVENTS.items()} == {
        "reading": ["done", "total"],
        "pictures": ["classes", "count", "held_out", "skipped"],
        "began": ["device", "parameters", "processes", "seconds", "step"],
        "progress": ["left_s", "loss", "lr", "pictures_per_s", "seconds", "step", "step_loss", "steps"],
        "saved": ["held_out_loss", "samples", "seconds", "step"],
        "ended": ["finished", "seconds", "step"],
        "interrupted": ["saved_step"],
        "failed": ["message", "problem", "reason", "saved_step"],
    }


def test_a_field_that_is_new_is_passed_over():
    assert from_line('{"event": "reading", "done": 1, "total": 2, "since": "tomorrow"}') == Reading(1, 2)


@pytest.mark.parametrize("line", [
    "", "no JSON", "[1]", "null", "7", "{}", '{"event": "progress"}', '{"event": "tomorrow"}', '{"event": ["reading"]}',
    "[" * 100_000, b"\xff\xfe", '{"event": null, "done": 1, "total": 2}',
])  # fmt: skip
def test_what_is_no_event(line):
    assert from_line(line) is None


def test_a_reader_needs_no_torch():
    code = "import sys, diffviz.train.events; assert not {'torch', 'numpy'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
