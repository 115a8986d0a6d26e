"""explore: the window on a network that a notebook or script holds."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffviz.gui.main_window import MainWindow
    from diffviz.models import Model
    from diffviz.scene import Scene

_open: list[MainWindow] = []  # a notebook throws the result away; the window must stay


def explore(
    unet: Any,
    scheduler: Any,
    class_names: Sequence[str] | None = None,
    *,
    null_class: int | None = None,
    sample_shape: tuple[int, ...] | None = None,
    prediction: str | None = None,
    data: Any = None,
    rate: int | None = None,
    name: str = "your network",
    seed: int = 0,
    block: bool | None = None,
) -> MainWindow:
    """Open the window in "Remove noise" on a network in memory; the model menu calls it ``name``.

    Args:
        unet: a UNet2DModel of diffusers, copied as it is now, so that training may go on; or any callable
            ``(x, timestep)``, with classes ``(x, timestep, class_labels)``, used as it is. Level t is timestep t-1.
        scheduler: one of diffusers', or a NoiseSchedule such as ``SCHEDULES["cosine"]()``.
        class_names: names of the labels 0, 1, ...; ``null_class``: the label for "no class", which guidance needs.
        sample_shape: (C, H, W), of a callable alone.
        prediction: "epsilon" (default), "v", "x0" or "flow", ε - x_0; with a NoiseSchedule alone.
        data: what a callable learnt where that are no pictures, as it learnt it: points (n, 2), or numbers (n,) or
            (n, 1), of which it is asked as x (N, D), timestep (N,); with ``rate``, in Hz, a sound (n,), of which it
            is asked as x (B, m), at 8 kHz. The exact answer is then seen beside its own.
        seed: of the first noise.
        block: wait until the window is closed. None: unless an event loop of Qt runs already (``%gui qt``).
    Returns:
        The window; closed already where it was waited for.
    Raises:
        ModelError: a ValueError of one sentence, if network, scheduler and classes do not fit each other or diffviz.
        RuntimeError: outside the main thread, or without a display.
    """
    _check_place()
    from diffviz.models.held import held_model
    from diffviz.models.held_data import held_data

    kind, datum, shape = held_data(data, rate)
    keywords: dict[str, Any] = {"null_class": null_class, "sample_shape": sample_shape or shape, "kind": kind}
    model = held_model(unet, scheduler, class_names, name=name, prediction=prediction, **keywords)
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from diffviz.gui.app import build_window

    runs_already = _loop_runs()
    scene = _scene(model, seed, datum)
    window = build_window(scene, QSettings("diffviz", "diffviz"), model.device.type, {name: model})
    window.controller.models.follows = True
    if datum is not None:
        window.controller.shelf.keep(scene.data, datum)
        if datum.note:
            window.controller.bar.show_message(datum.note, "info", topic="picture")
    _open[:] = [*(other for other in _open if other.isVisible()), window]
    window.show()
    app = QApplication.instance()
    if app is not None and (block or (block is None and not runs_already)):
        app.exec()
    return window


def _scene(model: Model, seed: int, datum: Any) -> Scene:
    """What is seen first: "Remove noise", beside the data that a program holds, where there is some."""
    from diffviz.scene import DataSpec, ModelSpec, Scene, ViewSpec

    scene = Scene(direction="reverse", t=model.schedule.T, seed=seed, model=ModelSpec(model.name))
    if datum is None:
        return scene
    spec = DataSpec(model.kind.name, f"sha256:{model.kind.digest(datum.array)}")
    return scene.replace(data=spec, view=ViewSpec(lens=model.kind.lens))


def _check_place() -> None:
    """Raises RuntimeError outside the main thread, or without a display."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("explore opens a window; call it in the main thread.")
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        # Qt would end the whole process
        raise RuntimeError("explore opens a window, and there is no display here; set DISPLAY, or run it on a desktop.")


def _loop_runs() -> bool:
    """Whether events are handled anyway: inside a Qt program, or by IPython's ``%gui qt``."""
    from PySide6.QtCore import QThread

    if QThread.currentThread().loopLevel() > 0:
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return str(getattr(shell, "active_eventloop", None) or "").startswith("qt")
