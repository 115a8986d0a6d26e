"""The machine that figures were taken on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any


def describe() -> dict[str, Any]:
    """Processor, cores, torch's threads, GPU, versions and the load at the moment."""
    import torch

    from diffviz.engine import threads

    torch_threads = torch.get_num_threads()
    threads.for_jobs()
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return {
        "cpu": _cpu(),
        "cores": _cores(),
        "torch_threads": torch_threads,
        "chain_threads": torch.get_num_threads(),
        "gpu": gpu,
        "system": platform.platform(terse=True),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {
            "Python": platform.python_version(),
            **{name: _version(name) for name in ("torch", "PySide6", "diffusers")},
        },
    }


def in_words(machine: dict[str, Any]) -> str:
    """Two lines for the head of the table."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = "" if machine["load"] is None else f", load {machine['load']:.1f}"
    threads = f"{machine['torch_threads']} torch threads, of which a chain takes {machine['chain_threads']}"
    gpu = machine["gpu"] or "no CUDA device"
    return f"{machine['cpu']}, {machine['cores']} cores, {threads}, {gpu}{load}\n{machine['system']}, {versions}"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(name: str) -> str:
    for package in (name, f"{name}_Essentials"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return "missing"
