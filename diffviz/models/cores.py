"""All cores for a batch: its parts in threads of their own, each computing with one thread of torch.

A team of torch's threads meets after every operation and waits by spinning, so that one member which the window holds
up stops all of them (``engine.threads``). Parts of a batch never meet before the end of the step. On two cores, a step
of the shipped 32x32 model, recorded:

    batch                               2        16        64
    one thread                        37 ms    214 ms    850 ms
    a team of two                     25 ms    146 ms    600 ms
    parts, one thread each            20 ms    110 ms    430 ms
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

# So many 32x32 samples fill the units of a core (with 8 a step takes 8 % longer, with 4 a quarter); with smaller parts
# one thread can help another that was held up
PART = 16
# diffusers' upsampling of 64 samples and more takes another way through memory, which no recording knows
MOST = 63
_LOCK = threading.Lock()
_nice = 0
_DEFAULT = torch.get_num_threads()  # torch's own choice, or OMP_NUM_THREADS

Network = Callable[..., Tensor]


def cores() -> int:
    """Cores that this process may use, and that torch would take of its own accord."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(_DEFAULT, allowed))


def use(count: int) -> None:
    """Let the calling thread's operations take ``count`` threads of torch."""
    # torch keeps the number for all threads that have not begun yet: it is set and taken up in one go
    with _LOCK:
        torch.set_num_threads(count)
        torch.get_num_threads()


def give_way(nice: int) -> None:
    """From now on the threads of parts are so much nicer than others, where the system has a priority for each."""
    global _nice
    _nice = nice


def in_parts(network: Network, *batch: Tensor | None) -> Tensor:
    """``network(*batch)``, computed part by part on all cores.

    A part's numbers are those of the whole batch but for the rounding of another algorithm, which torch may choose for
    another batch size (1e-5 of the largest number or less). Where a sample is cut off depends on the size of the batch
    and the number of cores alone: the same batch gives the same bytes again.

    Args:
        network: a function of tensors that several threads may call at once.
        batch: tensors (B, ...) on the CPU, or None where the network takes none.
    """
    size = max(len(each) for each in batch if each is not None)
    threads = min(cores(), size)
    if size <= MOST and threads == 1:
        return network(*(each for each in batch if each is not None))
    count = -(-size // MOST) if threads == 1 else threads * -(-size // (threads * PART))
    parts = [each.tensor_split(min(size, count)) for each in batch if each is not None]
    if threads == 1:
        return torch.cat([network(*part) for part in zip(*parts, strict=True)])
    graded = torch.is_grad_enabled()

    def run(*part: Tensor) -> Tensor:
        use(1)
        if _nice and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), max(_nice, os.nice(0)))
        with torch.set_grad_enabled(graded):  # torch keeps it for each thread
            return network(*part)

    # threads are made anew for each step: 0.1 ms, and none is left behind by whoever runs a network once
    with ThreadPoolExecutor(threads, "diffviz-part") as pool:
        return torch.cat(list(pool.map(run, *parts)))
