"""Death while files are written, of every kind: a killed writer, death after each step of replacing a folder, sweeping.

1. A child writes version A, B, A, B... to one target and is killed at a random moment: the target is A or B, whole, and
   a person's own file in a folder of PNGs is still there. (WebM files differ in their ids: their frames are compared.)
2. What the dead leave behind, the next good write beside it sweeps: nothing but the target stays. (They are made to
   look three days old first.) What a living process is writing is not swept: a stopped writer goes on and succeeds.
3. Death after the k-th step in the file system of replacing a folder of PNGs, for every k, where two folders can change
   their names in one step and where they cannot: in the first case the target holds the person's own files at any
   moment, in the second after the next export to it at the latest; then nothing stays beside it.

--n is the number of kills of each kind; --only NAME runs one target of part 1 and 2.
"""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import time

from .common import Arena, end_child, fork, reap  # isort: skip

import av  # isort: skip
import torch  # isort: skip

from diffviz.export import target as export_target  # isort: skip

from .made import FILMS, write_film, write_run, write_scene  # isort: skip

arena = Arena(__doc__, n=10, seed=103, only="")
torch.set_num_threads(1)
rng = random.Random(arena.seed)
WRITERS = {"scene.json": write_scene, "chain.diffviz-run": write_run, **dict.fromkeys(FILMS, write_film)}
kills = torn = lost = orphans = hit = 0
living_failed = living = 0


def digest(target):
    """What the target shows, or None where it is not there."""
    if not target.exists():
        return None
    if target.is_dir():
        data = b"".join(p.name.encode() + p.read_bytes() for p in sorted(target.iterdir()) if p.name != "mine.txt")
    elif target.suffix == ".webm":
        try:
            with av.open(str(target)) as container:
                data = b"".join(frame.to_ndarray().tobytes() for frame in container.decode(video=0))
        except Exception:
            return "unreadable"
    else:
        data = target.read_bytes()
    return hashlib.sha256(data).hexdigest()


def left_in(folder):
    """What lies there beside the targets: temporary files and folders."""
    names = (folder.name, "living-" + folder.name, "other-" + folder.name)
    return [path for path in folder.iterdir() if path.name not in names]


def for_ever(write, target):
    def work():
        k = 0
        while True:
            write(target, k % 2)
            k += 1

    return work


def sweep(write, target):
    """How many files of the dead stay after one more good write in a fresh process."""
    then = time.time() - 3 * 86400
    for path in left_in(target.parent):
        os.utime(path, (then, then))
    code = reap(fork(lambda: write(target, 1)), 60)
    return len(left_in(target.parent)), code


def stopped_writer(name, write, folder):
    """Whether a writer that was stopped in the middle still ends well after another one wrote beside it."""
    target, other = folder / ("living-" + name), folder / ("other-" + name)
    pid = fork(lambda: [write(target, k % 2) for k in range(3)] and 0)
    code = None
    while not left_in(folder) and (code := reap(pid, 0)) is None:
        pass
    if code is not None:  # it never was in the middle
        return False, code == 0
    os.kill(pid, signal.SIGSTOP)
    stopped_in_the_middle = bool(left_in(folder))
    write(other, 0)
    os.kill(pid, signal.SIGCONT)
    code = reap(pid, 60)
    if code is None:
        end_child(pid)
    return stopped_in_the_middle, code == 0


for name, write in WRITERS.items():
    if arena.options.only not in ("", name) or arena.late():
        continue
    folder = arena.work / name  # of the same name as the target in it
    folder.mkdir()
    target, good, began = folder / name, set(), time.monotonic()
    for k in (0, 1):
        write(target, k)
        good.add(digest(target))
    one = (time.monotonic() - began) / 2
    if target.is_dir():
        (target / "mine.txt").write_text("keep me")
    bad = gone = 0
    for i in range(arena.n):
        before = len(left_in(folder))
        pid = fork(for_ever(write, target))
        time.sleep(rng.uniform(0, 3 * one) + 0.001)
        end_child(pid)
        hit += len(left_in(folder)) > before
        now = digest(target)
        if now not in good:
            bad += 1
            print(
                f"  {'TORN' if now else 'GONE'} {name} at kill {i}; beside it {[p.name for p in left_in(folder)][:4]}"
            )
            with contextlib.suppress(Exception):
                write(target, 0)
        if target.is_dir() and not (target / "mine.txt").exists():
            gone += 1
            found = [str(path.relative_to(folder)) for path in folder.rglob("mine.txt")]
            print(f"  LOST a person's file left {name} at kill {i}: {found}")
            (target / "mine.txt").write_text("keep me")
    left = len(left_in(folder))
    after, code = sweep(write, target)
    print(f"  {name}: {arena.n} kills, {bad} torn, {gone} own files lost, {left} files of the dead", end=", ")
    print(f"{after} after the next good write ({one * 1000:.0f} ms a write)", flush=True)
    kills, torn, lost, orphans = kills + arena.n, torn + bad + (code != 0), lost + gone, orphans + after
    for path in left_in(folder):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    middle, well = stopped_writer(name, write, folder)
    living += middle
    living_failed += not well
    if not well:
        print(f"  SWEPT {name}: a stopped writer did not end well after another one wrote beside it")

# 3. every step of replacing a folder
STEPS = ("replace", "rename", "unlink", "remove", "rmdir", "mkdir", "link", "symlink")


def die_after(k):
    """Let this process end right after the k-th change of names in the file system."""
    left = [k]

    def dying(function):
        def call(*words, **keywords):
            result = function(*words, **keywords)
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return result

        return call

    for step in STEPS:
        setattr(os, step, dying(getattr(os, step)))


def die_at_step(k, folder, in_one_step):
    """Whether the k-th step was reached, and what is wrong after the next export to the folder, or ""."""
    folder.mkdir()
    target = folder / "film"
    write_film(target, 0, frames=3, size=32)
    for j in range(3):
        (target / f"mine{j}.txt").write_text("keep me")

    def work():
        if not in_one_step:
            export_target._exchange = lambda one, other: False
        die_after(k)
        write_film(target, 1, frames=3, size=32)

    if reap(fork(work), 60) == 0:
        return False, ""
    at_once = len(list(target.glob("mine*"))) if target.is_dir() else None
    code = reap(fork(lambda: write_film(target, 1, frames=3, size=32)), 60)
    mine = len(list(target.glob("mine*"))) if target.is_dir() else 0
    hidden = [str(p.relative_to(folder)) for p in folder.rglob("mine*") if target not in p.parents]
    beside = [path.name for path in folder.iterdir() if path != target]
    if code == 0 and mine == 3 and not beside and (at_once == 3 or not in_one_step):
        return True, ""
    state = "no folder" if at_once is None else f"{at_once} of 3 own files"
    then = "went well" if code == 0 else "failed"
    return True, f"after the death {state}; next export {then}, then {mine} of 3, hidden {hidden[:3]}, beside {beside}"


steps = steps_failed = 0
for in_one_step in (True, False) if arena.options.only in ("", "folder") else ():
    for k in range(1, 200):
        reached, wrong = die_at_step(k, arena.work / f"step{k}{in_one_step}", in_one_step)
        steps, steps_failed = steps + reached, steps_failed + bool(wrong)
        if wrong:
            print(f"  STEP {k}: {wrong}")
        if not reached or arena.late():
            break  # all of its steps were tried

failed = torn + lost + orphans + steps_failed + living_failed
figures = [
    f"tried {kills} kills ({hit} in the middle of a write), failed {torn} torn, {lost} own files lost",
    f"{orphans} files of the dead not swept; living tried {living} stopped writers, failed {living_failed}; "
    f"steps tried {steps} deaths in a folder's replacement, failed {steps_failed}",
]
arena.finish(failed, ", ".join(figures))
