"""Which device torch works on, proved by a small real operation."""

from __future__ import annotations

import torch

ORDER = ("cuda", "mps", "cpu")


def available(kind: str) -> bool:
    """Whether torch says that it has such a device; whether it works only ``prove`` tells."""
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu"


def prove(kind: str) -> torch.device:
    """The device, after a convolution on it gave the right number.

    Raises:
        RuntimeError: if the driver fails or the number is wrong.
    """
    device = torch.device(kind)
    x = torch.ones(1, 1, 8, 8, device=device)
    weight = torch.ones(1, 1, 3, 3, device=device)
    total = float(torch.nn.functional.conv2d(x, weight).sum())
    if total != 324.0:
        raise RuntimeError(f"a test operation on {kind} gave {total} instead of 324")
    return device


def choose(wanted: str) -> tuple[torch.device, str | None]:
    """The device for ``wanted`` (auto, cpu, cuda, mps) and a sentence where another one had to be taken.

    auto is CUDA, then MPS, then CPU.
    """
    kinds = ORDER if wanted == "auto" else (wanted, "cpu")
    notes: list[str] = []
    for kind in kinds:
        if not available(kind):
            if kind == wanted:
                notes.append(f"There is no {kind.upper()} device here")
            continue
        try:
            return prove(kind), _note(notes, kind)
        except Exception as error:  # a broken driver raises what it likes
            notes.append(f"The {kind.upper()} driver failed ({first_line(error)})")
    return torch.device("cpu"), _note(notes, "cpu")


def _note(failures: list[str], taken: str) -> str | None:
    name = "CPU" if taken == "cpu" else f"{taken.upper()} device"
    return f"{'; '.join(failures)}; working on the {name} instead." if failures else None


def label(device: torch.device) -> str:
    """For the status bar: "CPU, 2 threads" or "cuda:0, NVIDIA H100"."""
    if device.type == "cuda":
        return f"cuda:{device.index or 0}, {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "MPS, Apple GPU"
    count = torch.get_num_threads()
    return f"CPU, {count} thread{'s' if count > 1 else ''}"


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the device's memory is used up."""
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in _text(error).lower()


def lost(device: torch.device, error: BaseException) -> str | None:
    """What an error says of a GPU that was worked on, the beginning of a sentence; None: it is not the GPU's."""
    if device.type == "cpu":
        return None
    if out_of_memory(error):
        return f"{device.type.upper()} ran out of memory"
    return f"The {device.type.upper()} driver failed ({first_line(error)})" if isinstance(error, RuntimeError) else None


def one_line(error: BaseException) -> str:
    """What a refusal says, in one line of bounded length."""
    return " ".join(_text(error).split())[:600] or type(error).__name__


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type's name."""
    return (_text(error).strip().splitlines() or [type(error).__name__])[0][:160]


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # the text of a library's exception may raise in turn
        return ""
