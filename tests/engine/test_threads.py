"""Parts of a batch give way to the window; how many threads of torch each thread takes."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from diffviz.engine import threads
from diffviz.models import cores


def in_a_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux")
def test_the_parts_of_a_batch_give_way_and_nobody_else(monkeypatch):
    def priority():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def as_jobs():
        threads.for_jobs()
        monkeypatch.setattr(cores, "cores", lambda: 2)
        seen = []
        cores.in_parts(lambda x: seen.append(priority()) or x, torch.zeros(4, 1))
        return priority(), seen

    monkeypatch.setattr(cores, "_nice", 0)
    before = priority()
    assert in_a_thread(as_jobs) == (before, [max(threads.NICE, before)] * 2)
    assert priority() == before


def test_the_slider_takes_one_thread_and_jobs_leave_a_core(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 4)
    assert in_a_thread(lambda: (threads.for_slider(), torch.get_num_threads())[1]) == 1
    assert in_a_thread(lambda: (threads.for_jobs(), torch.get_num_threads())[1]) == 3
    cores.use(1)
