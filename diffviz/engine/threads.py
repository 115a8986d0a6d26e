"""How many threads torch takes in each of our threads: decided here, before a thread's first operation.

Each Python thread that calls torch gets an OpenMP team of its own, and a team waits for its members by spinning: one
member that the window's thread holds up stops all of them. On two cores, a step of the shipped 32x32 model run by
Python (recorded, as it is now, one thread takes 8 ms):

    threads of the team                    1        2
    alone on the machine                 12.5 ms  10.4 ms
    a second team exists                 12.5 ms  27   ms   (OpenMP counts more threads than cores and stops spinning)
    another program takes one core       13   ms  80 .. 350 ms
    OMP_WAIT_POLICY=PASSIVE, alone       12.5 ms  25   ms

So there is one team, of the chain, and it leaves a core to the window and the slider. Making x_t of a 1024x1024 picture
takes 3 ms with one thread and up to 40 ms with two beside a busy window.
"""

from __future__ import annotations

import sys

from diffviz.models.cores import cores, give_way, use

SWITCH_S = 1e-3
NICE = 10


def beside_window() -> int:
    """How many threads compute while a window is there: it keeps a core."""
    return max(1, cores() - 1)


def for_slider() -> None:
    """The calling thread noises pictures: no team at all."""
    use(1)


def for_jobs() -> None:
    """The calling thread runs networks: a team that leaves one core to the window.

    Where a network is not recorded (``models.traced``), on a GPU above all, a step is Python for half of its time or
    more, which the window's thread interrupts at each paint: the lock is handed back after 1 ms instead of Python's
    5 ms (chain in the window / bare loop 0.79 -> 0.82).

    The parts of a batch take every core, and give way to the window and the slider (slider beside 64 samples, 95th
    percentile 34 -> 26 ms).
    """
    sys.setswitchinterval(SWITCH_S)
    give_way(NICE)
    use(beside_window())
