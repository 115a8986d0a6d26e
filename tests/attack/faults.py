"""Faults inside jobs: the network raises or returns rubbish at its k-th call, the encoder at frame k, the loader.

Through the real Engine with a model in memory. Whatever is raised (SystemExit, GeneratorExit and exceptions whose text
raises among it), each job ends in exactly one closing event, its message is one line of at most 700 characters, no
temporary file stays, and the next job works. A loader that hangs does not keep the engine from closing.
"""

import contextlib
import logging
import random
import shutil
import threading
import time

from .common import Arena, Tally  # isort: skip

import numpy as np  # isort: skip
import torch  # isort: skip

from diffviz.diffusion import SCHEDULES  # isort: skip
from diffviz.engine import messages  # isort: skip
from diffviz.engine.engine import Engine  # isort: skip
from diffviz.export import encoders  # isort: skip
from diffviz.export.options import Options  # isort: skip
from diffviz.models.held import held_model  # isort: skip
from diffviz.scene import ModelSpec, SamplerSpec, Scene  # isort: skip

arena = Arena(__doc__, n=120, seed=104)
logging.getLogger("diffviz").addHandler(logging.NullHandler())
logging.getLogger("diffviz").propagate = False
threading.excepthook = lambda _: None  # a dead thread is told below

torch.set_num_threads(1)
rng = random.Random(arena.seed)
out = arena.work / "out"
out.mkdir()


class Odd(Exception):
    def __str__(self):
        raise RuntimeError("its text raises")


RAISED = [
    RuntimeError("boom"), RuntimeError("a\nb\n" * 50), ValueError("bad"), MemoryError(), OSError(28, "No space left"),
    AssertionError(), KeyError("k"), RecursionError("deep"), StopIteration(), ZeroDivisionError("z"),
    torch.OutOfMemoryError("CUDA out of memory"), NotImplementedError(),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "r"),
    Exception("<b>rich</b>" * 50), TimeoutError(),
]  # fmt: skip
FATAL = [SystemExit(3), GeneratorExit(), Odd(), KeyboardInterrupt()]
WRONG = {
    "nan": lambda x: x * float("nan"),
    "inf": lambda x: x * float("inf"),
    "shape": lambda x: x[:, :1],
    "huge": lambda x: x * 1e38,
    "none": lambda x: None,
    "int": lambda x: (x * 0).to(torch.int32),
    "grad": lambda x: torch.nn.Parameter(x) * 1,
    "same": lambda x: x,
}
SUFFIXES = (".gif", ".mp4", ".webp", ".apng", ".webm", "")
plan = {"at": None, "what": None, "calls": 0}


def network(x, t):
    plan["calls"] += 1
    if plan["at"] is not None and plan["calls"] == plan["at"]:
        what = plan["what"]
        if isinstance(what, BaseException):
            raise what
        return WRONG[what](x)
    return x * 0.1


class Held(dict):
    """The models in memory; one that hangs, one that raises."""

    hang = None

    def get(self, key, default=None):
        if self.hang:
            self.hang.wait()
        if key == "raises":
            raise plan["what"]
        return super().get(key, default)


CLOSING = (messages.JobDone, messages.JobFailed, messages.JobCancelled, messages.ModelLoaded, messages.ModelFailed)


class Bench:
    """An engine and what it says."""

    def __init__(self):
        before = set(threading.enumerate())
        self.events, self.said = [], threading.Condition()
        self.engine = Engine(self.emit, "cpu", {})
        self.engine.held = Held(evil=MODEL)
        self.engine.start()
        self.threads = [thread for thread in threading.enumerate() if thread not in before]
        self.engine.send(messages.LoadRequest(1, "evil"))
        assert isinstance(self.wait(1, 20)[0], messages.ModelLoaded)

    def emit(self, event):
        if isinstance(event, messages.ChainStates):
            self.engine.control.acknowledge(event.job)
        with self.said:
            self.events.append(event)
            self.said.notify_all()

    def closing(self, job):
        return [event for event in self.events if isinstance(event, CLOSING) and event.job == job]

    def wait(self, job, seconds=60.0):
        """The closing events of the job; sooner where a thread has died."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.said:
                if self.closing(job) or self.said.wait_for(lambda: self.closing(job), 0.1):
                    break
            if not all(thread.is_alive() for thread in self.threads):
                break
        time.sleep(0.02)
        return self.closing(job)


@contextlib.contextmanager
def encoder_fails(suffix, k, what):
    encoder, count = encoders.ENCODERS[suffix], [0]
    add = encoder.add

    def failing(self, picture):
        count[0] += 1
        if count[0] == k:
            raise what
        return add(self, picture)

    encoder.add = failing
    try:
        yield
    finally:
        encoder.add = add


MODEL = held_model(network, SCHEDULES["linear"](T=50), sample_shape=(3, 8, 8), name="evil")
SCENE = Scene(direction="reverse", sampler=SamplerSpec("ddim", 8), model=ModelSpec("evil"))
picture = np.full((16, 16, 3), 99, np.uint8)
bench, job = Bench(), 10
tally = Tally()


def one(trial):
    """One job with one fault: (verdict, detail)."""
    global job, bench
    kind = rng.choice(["chain", "chain", "export", "experiment", "load", "save", "chain's export"])
    if trial % 10 == 9:
        what = FATAL[trial // 10 % len(FATAL)]
        kind = rng.choice(["chain", "load", "export"])
    else:
        what = rng.choice(RAISED if kind in ("export", "chain's export", "load", "save") else [*RAISED, *WRONG])
    k, cancel, engine = rng.randrange(1, 9), rng.random() < 0.15, bench.engine
    label = (
        f"{kind}, {type(what).__name__ if isinstance(what, BaseException) else what}{', cancelled' if cancel else ''}: "
    )
    plan.update(at=None, what=what, calls=0)
    job += 1
    with contextlib.ExitStack() as stack:
        if kind == "chain":
            plan["at"] = k
            sampler = SamplerSpec(rng.choice(["ddim", "ddpm", "euler", "heun", "dpmpp_2m"]), 8)
            scene = SCENE.replace(seed=trial, count=rng.choice([1, 4]), sampler=sampler)
            engine.send(messages.GenerateRequest(job, scene))
        elif kind == "experiment":
            plan["at"] = k
            engine.send(messages.ExperimentRequest(job, SCENE, picture))
        elif kind == "load":
            engine.send(messages.LoadRequest(job, "raises"))
        elif kind == "save":
            engine.send(messages.SaveRunRequest(job, SCENE, str(out / "no" / "x.diffviz-run"), 999))
        else:
            scene = Scene()
            if kind == "chain's export":
                scene = SCENE
                engine.send(messages.GenerateRequest(job, scene))
                bench.wait(job)
                job += 1
            suffix = rng.choice(SUFFIXES)
            stack.enter_context(encoder_fails(suffix, k, what))
            engine.send(
                messages.ExportRequest(job, scene, str(out / ("x" + suffix)), Options(frames=10, size=64), picture)
            )
        if cancel:
            engine.control.cancel()
        ends = bench.wait(job)
    verdict = "ended", ""
    if len(ends) != 1:
        verdict = "bad", f"{label}{len(ends)} closing events"
    elif "\n" in getattr(ends[0], "message", "") or len(getattr(ends[0], "message", "")) > 700:
        verdict = "bad", f"{label}message {ends[0].message[:60]!r}"
    for path in out.iterdir():
        if path.name.startswith(".diffviz-"):
            verdict = "bad", label + "a temporary file stays"
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    plan.update(at=None, what=None, calls=0)
    job += 1
    if all(thread.is_alive() for thread in bench.threads):
        engine.send(messages.GenerateRequest(job, SCENE))
        ends = bench.wait(job)
        if len(ends) == 1 and isinstance(ends[0], messages.JobDone):
            return verdict
    dead = [thread.name for thread in bench.threads if not thread.is_alive()]
    engine.close(0.1)
    bench = Bench()
    before = verdict[1] or label + "ended,"
    return "bad", f"{before} and the next job does not work; dead: {', '.join(dead) or 'none'}"


for trial in range(arena.n):
    if arena.late():
        break
    verdict, detail = one(trial)
    tally.add(trial, verdict, detail)
tally.tell()

# a loader that hangs
hang = bench.engine.held.hang = threading.Event()
bench.engine.send(messages.LoadRequest(job + 1, "evil"))
time.sleep(0.1)
began = time.monotonic()
bench.engine.close()
took = time.monotonic() - began
hang.set()
if took > 5:
    print(f"  FAIL the engine closed in {took:.1f} s while a loader hung")
arena.finish(tally.failed + (took > 5), f"{tally.figures()}; closed in {took:.2f} s while a loader hung")
