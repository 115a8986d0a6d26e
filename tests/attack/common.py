"""Shared by the attack drivers: a place to work in, watched trials, mutators of bytes and JSON, and the figures.

Each driver is a program, run in a checkout: ``python -m tests.attack.NAME [--n N] [--seed S] [--seconds S]``. Linux.
Its last line is one line of figures; it exits with 0 where nothing failed and with 1 otherwise. Inputs that failed are
kept under $ATTACK_OUT, or in the driver's own temporary folder, which is removed when nothing failed.

Import this module first: it points diffviz's folders into the temporary folder and keeps numerical libraries at one
thread, since a team of threads does not survive a fork.
"""

import argparse
import atexit
import contextlib
import copy
import ctypes
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

FAILURES = ("foreign", "crash", "hang", "bad", "slow", "memory")
_children = set()


class Arena:
    """Where one driver works: its options, its folder, and the folder of inputs that failed."""

    def __init__(self, doc, n, seed, seconds=45, **more):
        self.name = pathlib.Path(sys.argv[0]).stem
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--n", type=int, default=n, help=f"how many trials (default {n})")
        parser.add_argument("--seed", type=int, default=seed, help=f"of the trials (default {seed})")
        parser.add_argument("--seconds", type=float, default=seconds, help="begin no further trial after that time")
        for key, value in more.items():
            parser.add_argument("--" + key, type=type(value), default=value)
        self.options = parser.parse_args()
        self.n, self.seed = self.options.n, self.options.seed
        self.end = time.monotonic() + self.options.seconds
        self.work = pathlib.Path(tempfile.mkdtemp(prefix=f"attack-{self.name}-"))
        out = os.environ.get("ATTACK_OUT")
        self.cases = pathlib.Path(out) if out else self.work / "cases"
        for variable in ("DIFFVIZ_STATE_DIR", "DIFFVIZ_DATA_DIR", "XDG_CONFIG_HOME"):
            (self.work / variable).mkdir()
            os.environ[variable] = str(self.work / variable)
        self.cleaners = []
        self._parent = os.getpid()
        atexit.register(self._clean)
        # a polite end runs the cleaners too
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        sys.excepthook = self._broken

    def late(self):
        """Whether no further trial may begin."""
        return time.monotonic() > self.end

    def keep(self, name, source):
        """Keep an input that failed: bytes, or a file or folder to copy; 40 of a driver are enough."""
        target = self.cases / self.name / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if len(os.listdir(target.parent)) >= 40:
            return
        if isinstance(source, bytes):
            target.write_bytes(source)
        elif source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def finish(self, failed, figures):
        """Print the figures and leave."""
        late = ", stopped by time" if self.late() else ""
        kept = f"; failing inputs in {self.cases / self.name}" if (self.cases / self.name).is_dir() else ""
        self._clean()
        print(f"{self.name}: {figures}{late}{kept}", flush=True)
        sys.stderr.flush()
        os._exit(1 if failed else 0)

    def _broken(self, kind, error, trace):
        traceback.print_exception(kind, error, trace)
        self._clean()
        print(f"{self.name}: the driver itself failed ({kind.__name__}: {str(error)[:200]})", flush=True)
        os._exit(1)

    def _clean(self):
        if os.getpid() != self._parent:
            return
        for pid in list(_children):
            end_child(pid)
        while self.cleaners:
            with contextlib.suppress(Exception):
                self.cleaners.pop()()
        for item in list(self.work.iterdir()) if self.work.is_dir() else []:
            if item != self.cases:
                shutil.rmtree(item, ignore_errors=True) if item.is_dir() and not item.is_symlink() else item.unlink()
        with contextlib.suppress(OSError):
            self.work.rmdir()


def fork(work):
    """Run ``work()`` in a child, which dies with its parent; the child's id. Its exit code is what ``work`` returns."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        _children.add(pid)
        return pid
    code = 70
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with contextlib.suppress(Exception):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, Linux only
        code = work() or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def end_child(pid):
    """Kill the child, stopped or not, and take its status."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return reap(pid)


def reap(pid, seconds=None):
    """The child's exit code (a signal's number as a negative one), or None where it still runs after that time."""
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            got, status = os.waitpid(pid, 0 if end is None else os.WNOHANG)
        except ChildProcessError:
            _children.discard(pid)
            return None
        if got:
            _children.discard(pid)
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.01)


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def where(error, depth=3):
    frames = traceback.extract_tb(error.__traceback__)[-depth:]
    return " ".join(f"{frame.filename.split('/')[-1]}:{frame.lineno}" for frame in frames)


def foreign(error, note=""):
    """The verdict of an exception that should not have come out."""
    try:
        text = str(error)[:120]
    except Exception:
        text = "(its text raises)"
    return "foreign", f"{note}{type(error).__name__}: {text} @ {where(error)}"


def watched(trial, seeds, limit_s, arena, batch=100):
    """Run ``trial(seed) -> (verdict, detail)`` in forked children; yield (seed, verdict, detail, seconds, megabytes).

    The child writes a line before and after each trial, so that a crash or a hang is pinned to its seed. ``seconds``
    is processor time (the machine may be busy), ``limit_s`` of a hang is time on the wall: a trial that reaches it is
    tried again before that is believed.
    """
    seeds, slow = list(seeds), set()
    while seeds and not arena.late():
        read, write = os.pipe()
        now = seeds[:batch]

        def work(read=read, write=write, now=now):
            os.close(read)
            with os.fdopen(write, "w", buffering=1) as out:
                for seed in now:
                    out.write(json.dumps(["start", seed]) + "\n")
                    began, before = time.process_time(), peak_mb()
                    try:
                        verdict, detail = trial(seed)
                    except BaseException as error:
                        verdict, detail = foreign(error)
                    figures = time.process_time() - began, peak_mb() - before
                    out.write(json.dumps(["end", seed, verdict, detail, *figures]) + "\n")

        pid = fork(work)
        os.close(write)
        buffer, current, began, done, verdict = b"", None, time.monotonic(), 0, "crash"
        while True:
            if select.select([read], [], [], 0.2)[0]:
                data = os.read(read, 65536)
                if not data:
                    break
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    message = json.loads(line)
                    if message[0] == "start":
                        current, began = message[1], time.monotonic()
                    else:
                        current, done = None, done + 1
                        yield tuple(message[1:])
            if current is not None and time.monotonic() - began > limit_s:
                verdict = "hang"
                break
            if current is None and arena.late():
                break
        os.close(read)
        code = end_child(pid)
        if verdict == "hang" and current not in slow:
            slow.add(current)
            seeds = seeds[done:]
            continue
        if current is not None:
            done += 1
            yield current, verdict, f"ended with {code}", time.monotonic() - began, 0
        seeds = seeds[max(done, 1) :]


class Tally:
    """Counts verdicts; failures by kind, each with its first seed."""

    def __init__(self, name=""):
        self.name, self.n, self.count, self.kinds = name, 0, {}, {}
        self.failed, self.worst, self.memory = 0, 0.0, 0.0

    def add(self, seed, verdict, detail, seconds=0.0, megabytes=0.0):
        self.n += 1
        self.count[verdict] = self.count.get(verdict, 0) + 1
        self.worst, self.memory = max(self.worst, seconds), max(self.memory, megabytes)
        if verdict not in FAILURES:
            return False
        self.failed += 1
        text, _, place = detail.partition(" @ ")
        key = verdict, text[:70], place[-70:]
        self.kinds.setdefault(key, [0, seed])[0] += 1
        return True

    def tell(self, most=12):
        """Print the kinds of failures, the commonest first."""
        kinds = sorted(self.kinds.items(), key=lambda item: -item[1][0])
        for (verdict, text, place), (count, seed) in kinds[:most]:
            name = f"{self.name} " if self.name else ""
            print(f"  FAIL {name}{count}x, first seed {seed}: {verdict} {text!r} {place}")
        if len(kinds) > most:
            print(f"  and {len(kinds) - most} further kinds {self.name}")

    def figures(self):
        rest = ", ".join(f"{value} {key}" for key, value in sorted(self.count.items()))
        if self.worst or self.memory:
            rest += f"; slowest {self.worst:.1f} s, +{self.memory:.0f} MB"
        kinds = f" of {len(self.kinds)} kinds" if self.kinds else ""
        name = self.name + " " if self.name else ""
        return f"{name}tried {self.n}, failed {self.failed}{kinds} ({rest})"


# lengths that no decoder expects
WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\0\x01\0\0", b"\xff\xff\xff\x7f")


def mutate_bytes(rng, data):
    """A copy with 1 to 32 faults: bits, lengths, cuts, repeats, exchanges; mostly near the head."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 8, 32])):
        kind, n = rng.randrange(9), len(out) or 1
        i = rng.randrange(min(n, 256)) if rng.random() < 0.6 else rng.randrange(n)
        if kind == 0 and out:
            out[i] ^= 1 << rng.randrange(8)
        elif kind == 1 and out:
            out[i] = rng.choice([0, 255, 127, 128, 1, rng.randrange(256)])
        elif kind == 2:
            del out[i : i + rng.choice([1, 2, 4, 16, 200])]
        elif kind == 3:
            out[i:i] = rng.randbytes(rng.choice([1, 2, 4, 64]))
        elif kind == 4:
            del out[rng.randrange(n) :]
        elif kind == 5:
            out[i : i + 4] = rng.choice(WORDS)
        elif kind == 6:
            out[i : i + 2] = rng.choice([b"\xff\xff", b"\0\0", b"\x7f\xff", b"\0\x01"])
        elif kind == 7:
            j = rng.randrange(n)
            out[i:i] = out[j : j + rng.choice([4, 16, 256])]
        elif kind == 8 and out:
            j = rng.randrange(n)
            out[i : i + 16], out[j : j + 16] = out[j : j + 16], out[i : i + 16]
    return bytes(out)


# what no number, name, list or map of a file of ours should be
BAD = [
    *(None, True, False, 0, -1, 1, 2, 3, 1000, 9999, 10001, 10**18, -(10**18), 10**400, 2**63),
    *(1.5, -0.0, 1e308, -1e308, 1e-320, float("nan"), float("inf"), -float("inf")),
    *("", "a", "\0", "\ud800", "\u202e", "<b>x</b>", "../../etc/passwd", "/dev/zero", "x" * 5000, "[" * 50),
    *("NaN", "conv", "linear"),
    *([], [[]], [None], [1, 2, 3], [0] * 1000, {}, {"a": 1}, {"_class_name": ["a", "b"]}),
]


def bad(rng):
    return copy.deepcopy(rng.choice(BAD))


def _paths(value, path=()):
    out = [path]
    if isinstance(value, dict):
        for key in value:
            out += _paths(value[key], (*path, key))
    elif isinstance(value, list):
        for key in range(min(len(value), 6)):
            out += _paths(value[key], (*path, key))
    return out


def mutate_json(rng, value):
    """A copy with 1 to 3 faults: keys gone or added, numbers moved, lists changed, values of other kinds."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        path = rng.choice(_paths(value))
        if not path:
            if rng.random() < 0.1:
                return bad(rng)
            continue
        at = value
        for key in path[:-1]:
            at = at[key]
        kind, last = rng.randrange(7), path[-1]
        old = at[last]
        if kind == 0 and isinstance(at, dict):
            del at[last]
        elif kind == 1 and isinstance(at, dict):
            at[rng.choice(["x", "", "_module", "auto_map", "\ud800", "params", "__class__"])] = bad(rng)
        elif kind == 2 and isinstance(old, (int, float)) and not isinstance(old, bool) and abs(old) < 1e300:
            at[last] = rng.choice([old + 1, old - 1, -old, old * 1000, float(old), str(old)])
        elif kind == 3 and isinstance(old, list):
            at[last] = rng.choice([[], old[::-1], [*old, bad(rng)], old * 4, old[:-1]])
        else:
            at[last] = bad(rng)
    return value


def dump(value):
    return json.dumps(value, ensure_ascii=True)
