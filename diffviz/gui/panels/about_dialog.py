"""AboutDialog: what runs here, to copy into a report."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from diffviz import __version__
from diffviz.files import log_path
from diffviz.gui.icons import pixmap
from diffviz.gui.panels.controls import label
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import filled

ABOUT = "<b>diffviz</b><br>See denoising diffusion models work: real maths, a real network, on your own picture."
PACKAGES = ("torch", "diffusers", "PySide6-Essentials", "numpy", "pillow", "av")


def report(device: str) -> str:
    """Versions and device, one a line; reads package metadata only."""
    lines = [f"diffviz {__version__}", f"Python {platform.python_version()} on {platform.platform(terse=True)}"]
    for name in PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name}: not installed")
    return "\n".join([*lines, f"device: {device}", f"log: {log_path()}"])


class AboutDialog(Dialog):
    """Deletes itself when it is closed."""

    def __init__(self, parent: QWidget, device: str) -> None:
        super().__init__(parent, "about_dialog", "About diffviz")
        self.text = report(device)
        logo = QLabel()
        logo.setPixmap(pixmap("diffviz", "#000", 64))
        words = QLabel(ABOUT, wordWrap=True)
        head = filled(QHBoxLayout(), logo, (words, 1))
        versions = label(self.text, "muted")
        versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("These lines, to paste into a report")
        buttons.button(QDialogButtonBox.StandardButton.Close).setToolTip("Close this")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        filled(QVBoxLayout(self), head, versions, buttons, margins=(20, 18, 20, 14), spacing=14)
        self.setMinimumWidth(440)
