"""explore: the window on a network that a notebook or script holds."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffviz.gui.main_window import MainWindow

_open: list[MainWindow] = []  # a notebook throws the result away; the window must stay


def explore(
    unet: Any,
    scheduler: Any,
    class_names: Sequence[str] | None = None,
    *,
    null_class: int | None = None,
    sample_shape: tuple[int, int, int] | None = None,
    prediction: str | None = None,
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
        prediction: "epsilon" (default), "v" or "x0"; with a NoiseSchedule alone.
        seed: of the first noise.
        block: wait until the window is closed. None: unless an event loop of Qt runs already (``%gui qt``).
    Returns:
        The window; closed already where it was waited for.
    Raises:
        ModelError: a ValueError of one sentence, if network, scheduler and classes do not fit each other or diffviz.
        RuntimeError: outside the main thread, or without a display.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("explore opens a window; call it in the main thread.")
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        # Qt would end the whole process
        raise RuntimeError("explore opens a window, and there is no display here; set DISPLAY, or run it on a desktop.")
    from diffviz.models.held import held_model

    keywords: dict[str, Any] = {"null_class": null_class, "sample_shape": sample_shape, "prediction": prediction}
    model = held_model(unet, scheduler, class_names, name=name, **keywords)
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from diffviz.gui.app import build_window
    from diffviz.scene import ModelSpec, Scene

    scene = Scene(direction="reverse", t=model.schedule.T, seed=seed, model=ModelSpec(name))
    runs_already = _loop_runs()
    window = build_window(scene, QSettings("diffviz", "diffviz"), model.device.type, {name: model})
    window.controller.models.follows = True
    _open[:] = [*(other for other in _open if other.isVisible()), window]
    window.show()
    app = QApplication.instance()
    if app is not None and (block or (block is None and not runs_already)):
        app.exec()
    return window


def _loop_runs() -> bool:
    """Whether events are handled anyway: inside a Qt program, or by IPython's ``%gui qt``."""
    from PySide6.QtCore import QThread

    if QThread.currentThread().loopLevel() > 0:
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return str(getattr(shell, "active_eventloop", None) or "").startswith("qt")
