"""What test_scaling runs at each display scaling: the plots as PNG files, the icons beside them, in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QApplication, QWidget

from diffviz.diffusion import SCHEDULES
from diffviz.gui.icons import icon, pixmap
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.loss_plot import LossPlot
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.gui.panels.sheet_curves import SheetPlot
from diffviz.gui.panels.sheet_view import SheetView
from diffviz.gui.theme import presentation_scale
from diffviz.palette import DARK, LIGHT
from diffviz.sheet import Cell, Curve, Head, Plot, Sheet


def save(app: QApplication, widget: QWidget, path: Path) -> None:
    widget.show()
    app.processEvents()
    widget.grab().save(str(path))


def schedules(app: QApplication, folder: Path) -> None:
    for name, kind, scale in (
        ("coefficients", "coefficients", 1.0),
        ("snr", "snr", 1.0),
        ("presented", "alpha_bar", presentation_scale(1080)),
    ):
        plot = SchedulePlot()
        plot.resize(640, 320)
        plot.set_look(DARK, scale)
        plot.show_schedule(SCHEDULES["linear"](T=1000), kind)
        plot.show_t(400)
        save(app, plot, folder / f"{name}.png")


def other_plots(app: QApplication, folder: Path) -> None:
    steps = np.arange(1.0, 201.0)
    loss = LossPlot()
    loss.resize(480, 240)
    loss.set_look(LIGHT, 1.0)
    loss.show_points(steps, 1 / steps, 1 / np.sqrt(steps))
    save(app, loss, folder / "loss.png")
    sheet = SheetPlot()
    sheet.resize(480, 320)
    sheet.set_look(LIGHT, 1.0)
    rising = tuple(float(x) for x in range(10))
    sheet.show_plot(Plot("t", "t", "distance", (Curve("one", rising, rising), Curve("two", rising, rising[::-1]))))
    save(app, sheet, folder / "sheet.png")


def pictures(app: QApplication, folder: Path) -> None:
    """One-pixel stripes: every pixel must be as wide as any other."""
    stripes = np.zeros((31, 31, 3), np.uint8)
    stripes[:, ::2] = 255
    view = SheetView()
    view.set_look(DARK, 1.0)
    view.resize(300, 300)
    sheet = Sheet("stripes", (Head("row"),), (Head("column"),), {(0, 0): Cell(0, 0, stripes)})
    view.show_sheet(sheet)
    view.fit(view.size())
    save(app, view, folder / "stripes.png")


def filled(app: QApplication, folder: Path) -> None:
    """A picture that fills its card in the screen's own pixels, as it was asked for and as it is painted."""
    for width, height in ((1203, 270), (700, 401)):
        panel = EquationPanel()
        panel.resize(width, height)
        panel.set_look(DARK, 1.0)
        panel.show_content(Content((640, 480)))
        panel.show()
        app.processEvents()
        noise = np.random.default_rng(0).integers(0, 256, (*panel.device_size, 3), dtype=np.uint8)
        panel.jump.show_pictures((noise, noise, noise), fills=True)
        Image.fromarray(noise).save(folder / f"asked_{width}.png")
        panel.grab().save(str(folder / f"filled_{width}.png"))


def icons(app: QApplication, folder: Path) -> None:
    side = round(18 * presentation_scale(1080))
    made = icon("play", DARK).pixmap(side)
    print(made.deviceIndependentSize().width() / side, pixmap("info", "#fff", 20).deviceIndependentSize().width() / 20)


if __name__ == "__main__":
    app_ = QApplication([])
    for draw in (schedules, other_plots, pictures, filled, icons):
        draw(app_, Path(sys.argv[1]))
