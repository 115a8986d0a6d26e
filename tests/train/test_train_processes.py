"""Trainings that are killed, stopped by a signal, or shared by two processes."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked import CONTEXT, Forked
from safetensors.torch import load_file
from train_shapes import TINY, read_losses

import diffviz
from diffviz.models import load_model
from diffviz.train.checkpoint import STATE

ROOT = Path(diffviz.__file__).parent.parent
STEPS = 20
PATIENCE_S = 120

Start = Callable[..., subprocess.Popen | Forked]


@pytest.fixture
def start(shapes: Path, out: Path) -> Iterator[Start]:
    """Start the command as a child that writes JSON lines; it is killed at the end of the test."""
    children = []

    def run(
        *words: object, environment: dict[str, str] | None = None, stdin: int | None = None
    ) -> subprocess.Popen | Forked:
        given = [str(word) for word in words]
        fixed = [] if "--resume" in given else [str(shapes), *TINY]
        line = ["train", *fixed, "-o", str(out), *given, "--progress", "json"]
        if CONTEXT is not None:
            children.append(Forked(line, environment))
            return children[-1]
        line = [sys.executable, "-m", "diffviz", *line]
        merged = os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {})
        child = subprocess.Popen(
            line, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=merged, cwd=ROOT
        )
        children.append(child)
        return child

    yield run
    for child in children:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def wait_for(child: subprocess.Popen | Forked, event: str) -> dict:
    """Read the child's lines until one tells of ``event``."""
    for line in child.stdout:
        said = json.loads(line)
        if said["event"] == event:
            return said
    raise AssertionError(f"ended without {event!r}: {child.stderr.read()}")


def finish(child: subprocess.Popen | Forked) -> tuple[int, list[dict], str]:
    """Exit code, the lines that were not read yet, and what was said on standard error."""
    said, error = child.communicate(timeout=PATIENCE_S)
    return child.returncode, [json.loads(line) for line in said.splitlines()], error


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed_at_any_moment_a_checkpoint_is_old_or_new(start, train, out, tmp_path):
    """A checkpoint is written after every step, so that the kill falls into the writing of one more often than not.

    The steps that were lost come again, the same.
    """
    moments = random.Random(time.time_ns())
    for _ in range(2):
        child = start("--resume") if out.exists() else start("--steps", STEPS, "--checkpoint", 1)
        wait_for(child, "saved")
        time.sleep(moments.uniform(0, 0.15))
        child.kill()
        child.wait()
        load_file(out / "training" / STATE)
        load_model(out)
    assert train("--resume") == 0
    whole = tmp_path / "whole"
    assert train("--steps", STEPS, into=whole) == 0
    assert read_losses(out) == read_losses(whole)
    assert not list(out.rglob(".diffviz-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_a_signal_ends_at_a_checkpoint(start, out, number):
    child = start("--steps", 10**6)
    wait_for(child, "progress")
    child.send_signal(number)
    code, said, error = finish(child)
    assert code == 130
    assert error == ""
    assert [e["event"] for e in said][-2:] == ["saved", "ended"]
    assert not said[-1]["finished"]
    assert said[-1]["step"] == said[-2]["step"] == len(read_losses(out))
    load_model(out)


def test_the_end_of_its_input_ends_at_a_checkpoint(start, out):
    child = start("--steps", 10**6, "--stop-at-eof", stdin=subprocess.PIPE)
    wait_for(child, "progress")
    child.stdin.close()
    child.stdin = None  # communicate would flush it
    code, said, error = finish(child)
    assert (code, error) == (130, "")
    assert [e["event"] for e in said][-2:] == ["saved", "ended"] and not said[-1]["finished"]
    load_model(out)


@pytest.mark.skipif(os.name == "nt", reason="a pipe without a reader is told of otherwise there")
def test_when_its_reader_has_gone_it_ends_at_a_checkpoint(start, out):
    child = start("--steps", 10**6)
    wait_for(child, "progress")
    child.stdout.close()
    assert child.wait(PATIENCE_S) == 130
    assert child.stderr.read() == ""
    assert load_file(out / "training" / STATE)
    load_model(out)


def test_two_processes_train_what_one_would(start, train, out, tmp_path):
    one = tmp_path / "one"
    assert train("--steps", 6, "--flip", into=one) == 0
    # as `accelerate launch` starts them for several devices, by torch.distributed.run
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    ranks = [{"RANK": rank, "LOCAL_RANK": rank} for rank in "01"]
    children = [start("--steps", 6, "--flip", environment=place | rank) for rank in ranks]
    (code, said, error), (other_code, nothing, other_error) = map(finish, children)
    assert (code, other_code, nothing) == (0, 0, []), error + other_error
    assert next(e for e in said if e["event"] == "began")["processes"] == 2
    assert [e["step"] for e in said if e["event"] == "ended"] == [6]
    expected = dict(read_losses(one))
    assert dict(read_losses(out)) == pytest.approx(expected, rel=1e-4)
    model, same = load_model(out), load_model(one)
    for a, b in zip(model.network.parameters(), same.network.parameters(), strict=True):
        assert float((a - b).abs().max()) < 2e-3


def test_a_batch_that_does_not_divide_among_processes_is_refused(train, out, monkeypatch, capsys):
    from accelerate import Accelerator

    monkeypatch.setattr(Accelerator, "num_processes", 3)
    assert train("--steps", 1) == 2
    assert "--batch 8 does not divide among 3 processes; choose a multiple of 3." in capsys.readouterr().err
