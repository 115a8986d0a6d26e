"""MainWindow: the parts on screen, menus, keys, presentation, and waiting until everything is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QRect, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QMainWindow

from diffviz.assets import asset
from diffviz.gui import theme
from diffviz.gui.actions import make_actions
from diffviz.gui.controller import Controller
from diffviz.gui.file_kinds import RUNS, SCENES
from diffviz.gui.focus import FocusKeeper, PartWalker, close_offered
from diffviz.gui.help_desk import HelpDesk
from diffviz.gui.icons import icon
from diffviz.gui.menus import ContextMenus, fill_menu_bar, recent_menu, sample_menu, theme_menu
from diffviz.gui.panels.controls import say_typed
from diffviz.gui.panels.dialog import press
from diffviz.gui.panels.message_bar import EDGE
from diffviz.gui.permissions import Permissions
from diffviz.gui.preferences import Layout, Preferences, keep_prompts
from diffviz.gui.walk import FAR
from diffviz.gui.whole_screen import WholeScreen
from diffviz.gui.window_parts import WAYS, WindowParts, first_size, least_size
from diffviz.scene import Scene, ViewSpec
from diffviz.session import permits
from diffviz.session.state import Session

if TYPE_CHECKING:
    from diffviz.gui.training_desk import TrainingDesk

TRAINING_ENDS_MS = 500  # at most, for a checkpoint; what is not yet written then, the child writes by itself
STEPS = {"first": -FAR, "last": FAR, "back": -1, "next": 1, "back_ten": -10, "next_ten": 10}
LOAD_AFTER_MS = 30  # torch waits until the first paint is on the screen


class MainWindow(QMainWindow):
    """The whole window. ``controller`` holds everything that happens in it."""

    idle_reached = Signal()

    def __init__(self, scene: Scene, settings: QSettings | None, device: str, held: Any) -> None:
        super().__init__()
        self.setWindowTitle("diffviz")
        self.setWindowIcon(QIcon(str(asset("icons", "diffviz.svg"))))
        self.setAcceptDrops(True)
        self.setMinimumSize(least_size(self))
        self.actions_ = make_actions(self)
        self.controller = Controller(self, scene, self.actions_, device, held)
        self.doors = self.controller.doors
        self.files = self.doors.files
        self.preferences = Preferences(settings)
        self._training: TrainingDesk | None = None
        self._device = device
        self.scale, self._started = 1.0, False
        self.palette_ = theme.resolve(self.preferences.theme)
        self.permissions = Permissions(self.actions_, self.palette_)
        self.samples = sample_menu(self, self.controller.pictures.open)
        controller = self.controller
        self.parts = WindowParts(controller.shared, self.samples)
        self.splitter = self.parts.splitter
        self.setCentralWidget(self.parts.central())
        self.whole_screen = WholeScreen(
            self, self.parts.pages, (self.parts.column, controller.schedule_panel.column), self.splitter.share
        )
        self.help = HelpDesk(controller.shared, self.parts.regions)
        controller.bar.lie_over(self, self._free)
        controller.schedule_panel.rows_moved.connect(controller.bar.place)
        menu, self.themes = theme_menu(self, self.set_theme)
        recent = recent_menu(self, lambda: self.controller.shelf.recent, self.files.open_any)
        fill_menu_bar(
            self.menuBar(),
            self.actions_,
            {"SAMPLES": self.samples, "THEME": menu, "RECENT": recent, "FAVOURITES": self.controller.favourites.menu},
        )
        self.menus = ContextMenus(controller.shared, self.files, self.help.show_glossary)
        self.welcome = controller.welcome(self.preferences)
        keep_prompts(controller.side.words, self.preferences)
        self._connect()
        self.set_theme(self.preferences.theme)
        self.resize(first_size(self))
        self._restore(self.preferences.layout())
        self._keeper = FocusKeeper(self, controller.side.generate)
        PartWalker(self, lambda: [*self.parts.parts(), controller.bar], self.actions_)
        self.focus_slider()
        self.controller.start()

    def _restore(self, layout: Layout) -> None:
        """Put the window where it was; a value that no longer fits is left out."""
        if layout.geometry is not None:
            self.restoreGeometry(layout.geometry)
        self.splitter.choose(layout.lower)
        self.controller.shelf.recent, self.doors.folder.path = layout.recent, layout.folder
        self.controller.side.open_folds(layout.folds)

    @property
    def _layout(self) -> Layout:
        """How the window stands now; while it presents, its geometry is not the one to come back to."""
        geometry = None if self.actions_["presentation"].isChecked() else self.saveGeometry()
        recent = self.controller.shelf.recent
        return Layout(geometry, self.splitter.chosen, recent, self.doors.folder.path, self.controller.side.folds)

    def _connect(self) -> None:
        controller, files, doors = self.controller, self.files, self.doors
        slots: dict[str, Callable[[], object]] = {
            "open": files.ask_picture,
            "paste": files.paste,
            "points_of_picture": files.points_of_picture,
            "copy": files.copy,
            "save_png": files.save_png,
            "last_time": lambda: self.doors.last_time.go_on(),
            "open_scene": lambda: files.ask("Open scene", SCENES),
            "save_scene": lambda: doors.scenes.ask_save(),
            **doors.schedule_slots(),
            "open_run": lambda: files.ask("Open run", RUNS),
            "save_run": lambda: doors.runs.ask_save(),
            "open_model": files.ask_model,
            "brush": doors.draw,
            "train": lambda: doors.train(lambda: self.training.show()),
            "export": doors.show_export,
            "quit": self.close,
            "opening": self.welcome.play,
            "direction_forward": lambda: controller.pages.go("forward"),
            "direction_reverse": lambda: controller.pages.go("reverse"),
            "laboratory": lambda: controller.pages.go("laboratory"),
            "play": controller.walk.toggle_play,
            **{name: partial(controller.walk.step, n) for name, n in STEPS.items()},
            "type_t": controller.schedule_panel.type_t,
            "loop": controller.options.next_loop,
            "live": controller.chains.follow,
            "generate": controller.generate,
            "cancel": controller.jobs.cancel,
            "denoise": controller.generating.denoise,
            "new_noise": controller.options.new_noise,
            "fit": controller.fit,
            "one_to_one": controller.pixels.one_to_one,
            "copy_numbers": lambda: files.copy_numbers(controller.lens.chart),
            "save_lens": lambda: files.save_lens(controller.lens.chart),
            "save_numbers": lambda: files.save_numbers(controller.lens.chart),
            "escape": self._escape,
            "reset_view": self.reset_view,
        }
        for name, slot in slots.items():
            self.actions_[name].triggered.connect(self._plain(slot))
        self.actions_["presentation"].toggled.connect(self.whole_screen.show)
        self.parts.training.linkActivated.connect(lambda _: self.training.show())
        self.parts.way.chosen.connect(lambda way: self.actions_[WAYS[way]].trigger())
        controller.stirred.connect(self._rest)
        self.whole_screen.turned.connect(self._present)
        self.whole_screen.released.connect(self._rest)
        controller.device_changed.connect(lambda text: self.parts.device.setText(f"● {text}"))
        controller.device_changed.connect(self.help.know_device)
        controller.values_changed.connect(self.parts.values.setText)
        controller.focus_wanted.connect(self.focus_slider)
        self.help.closed.connect(self.focus_slider)
        controller.store.changed.connect(self._changed)
        controller.models.train_on = lambda folder: self.training.show(folder)
        QApplication.styleHints().colorSchemeChanged.connect(self._desktop_theme)

    def _plain(self, slot: Callable[[], object]) -> Callable[[], None]:
        return lambda: (slot(), None)[1]

    # -- public

    def open_picture(self, path: str) -> None:
        """Open a picture file as x_0; refused files say why in the message bar."""
        self.files.open_picture(str(path))

    def wait_until_idle(self, timeout_s: float = 30.0) -> None:
        """Run a local event loop until start-up, loading, jobs and the newest request are done and painted.

        Raises:
            TimeoutError: after ``timeout_s`` seconds.
        """
        if self._started and not self._busy:
            return
        loop = QEventLoop()
        timer = QTimer(singleShot=True)
        timer.timeout.connect(lambda: loop.exit(1))
        self.idle_reached.connect(loop.quit)
        self.start_engine()
        timer.start(round(timeout_s * 1000))
        late = 0
        while self._busy and not late:  # one event may end a wait and begin the next
            late = loop.exec()
        self.idle_reached.disconnect(loop.quit)
        if late:
            raise TimeoutError(f"The window was still busy after {timeout_s} s.")

    @property
    def _busy(self) -> bool:
        return self.controller.busy or self.whole_screen.held

    def start_engine(self) -> None:
        """Start torch in the engine's threads; happens by itself after the first paint."""
        if not self._started:
            self._started = True
            self.controller.start_engine()
            if self.preferences.remembers:
                self.doors.last_time.offer()

    def focus_slider(self) -> None:
        """Give the keys back to the window: Space plays, arrows step."""
        slider = self.controller.schedule_panel.slider
        (slider if slider.isEnabled() and slider.isVisibleTo(self) else self).setFocus()
        self._keeper.given()

    # -- showing

    def _rest(self) -> None:
        """Tell who waits for it that nothing is left to do."""
        if not self._busy:
            self.idle_reached.emit()

    def _changed(self, old: Session, new: Session) -> None:
        if old.scene != new.scene:
            self.welcome.acted()
        self._show_page()
        self.permissions.show(new)
        if old.scene.replace(t=new.scene.t) != new.scene or replace(old, scene=new.scene) != new:
            self._show_actions(new)
        self._rest()

    def _show_actions(self, session: Session) -> None:
        controller, actions = self.controller, self.actions_
        self.permissions.show_words(session)
        self.parts.way.show_chosen(session.page)
        controller.schedule_panel.show_walkable(permits.refusal("play", session))
        stoppable = session.job.kind in ("generate", "experiment")
        controller.side.generate.setEnabled(stoppable or actions["generate"].isEnabled())
        controller.side.generate.setToolTip(actions["cancel" if stoppable else "generate"].toolTip())

    def _free(self, least: int) -> QRect:
        """Where notices lie that want at ``least`` so much width: beside the menus, which a presentation does not have,
        there in a row of its page."""
        if self.actions_["presentation"].isChecked():
            controller = self.controller
            page = controller.laboratory.page if controller.scene.laboratory else controller.schedule_panel
            return page.free(least).translated(page.mapTo(self, QPoint(0, 0)))
        bar, last = self.menuBar(), self.menuBar().actions()[-1]
        menus = bar.isVisible() and not bar.isNativeMenuBar()
        left = EDGE + (bar.actionGeometry(last).right() if menus else 0)
        return QRect(left, 0, self.width() - EDGE - left, self.parts.top.mapTo(self, QPoint(0, 0)).y())

    def _show_page(self) -> None:
        """The equation or the laboratory, which is made when it is first opened."""
        controller, pages = self.controller, self.parts.pages
        shown = controller.scene.laboratory
        if shown and pages.count() == 1:
            controller.side.add_first(controller.laboratory.card, controller.laboratory.card.names)
            self.parts.add_page(controller.laboratory.page, controller.laboratory.card)
            controller.laboratory.page.set_look(self.palette_, self.scale)
        if pages.currentIndex() != shown:
            pages.setCurrentIndex(int(shown))
            controller.side.show_page(shown)
            controller.bar.place()

    def set_theme(self, choice: str) -> None:
        """ "auto", "dark" or "light"."""
        self.preferences.theme = choice
        self.palette_ = theme.resolve(choice)
        self.themes[choice].setChecked(True)
        self._apply_look()

    def _desktop_theme(self) -> None:
        if self.preferences.theme == "auto":
            self.set_theme("auto")

    def _apply_look(self) -> None:
        theme.apply_theme(self, self.palette_)
        self.whole_screen.set_look(self.palette_, self.scale)
        self.permissions.set_look(self.palette_)
        controller, palette = self.controller, self.palette_
        controller.view.set_look(palette, self.scale)
        controller.schedule_panel.set_look(palette, self.scale)
        controller.side.set_look(palette, self.scale)
        if self.parts.pages.count() > 1:
            controller.laboratory.page.set_look(palette, self.scale)
        controller.bar.set_look(palette)
        self.parts.set_look(palette, self.scale)
        controller.side.schedule_card.reset.setIcon(icon("undo", palette))
        controller.side.noise_card.new_noise.setIconSize(self.parts.samples.iconSize())
        self._show_actions(self.controller.session)

    def _present(self) -> None:
        """Bars and side panel away, text larger; and back."""
        on = self.actions_["presentation"].isChecked()
        if not on:
            theme.size_letters(1.0)  # some of what is shown again is dressed then
        self.menuBar().setVisible(not on)
        self.parts.present(on)
        self.controller.schedule_panel.show_compact(on)
        self.splitter.present(on)
        self.actions_["blank"].setEnabled(on)
        self.controller.bar.present(on)
        self.help.curtain.hide()
        self.scale = theme.presentation_scale(self.screen().size().height()) if on else 1.0
        self._apply_look()
        self.focus_slider()

    def _escape(self) -> None:
        if not (close_offered() or self.controller.leave()):
            self.actions_["presentation"].setChecked(False)
            self.focus_slider()

    def reset_view(self) -> None:
        """Layout, zoom and curves as at the first launch; the work stays."""
        self.actions_["presentation"].setChecked(False)
        self.showNormal()
        self.resize(first_size(self))
        self.splitter.choose(None)
        self.controller.side.open_folds("")
        self.controller.view.viewport.fit()
        self.controller.bar.clear()
        self.controller.store.edit(view=ViewSpec())
        self.set_theme("auto")

    @property
    def training(self) -> TrainingDesk:
        """Made when it is first asked for: a launch does not wait for what it imports."""
        if self._training is None:
            from diffviz.gui.training_desk import TrainingDesk

            self._training = TrainingDesk(self.controller.shared, self.preferences, self._device)
            self._training.dialog.told.connect(self.parts.show_training)
        return self._training

    # -- events

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._started:
            QTimer.singleShot(0, self, self.controller.read_picture)
            QTimer.singleShot(LOAD_AFTER_MS, self, self.start_engine)

    def event(self, event: QEvent) -> bool:
        # a focused button keeps its space bar, a focused list that, Home and End too
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            focused = QApplication.focusWidget()
            space = event.key() == Qt.Key.Key_Space and isinstance(focused, QAbstractButton | QComboBox)
            ends = event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End)
            if plain and (space or (ends and isinstance(focused, QComboBox))):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if QApplication.activePopupWidget() is not None:  # an open menu leaves the keys of entries that are refused
            return
        # desktops have other keys for them too
        for name, key in (("undo", QKeySequence.StandardKey.Undo), ("redo", QKeySequence.StandardKey.Redo)):
            if event.matches(key) and self.actions_[name].isEnabled():
                self.actions_[name].trigger()
                return
        name, why = ("", "") if press(event) else self.permissions.silent(event)
        if why:
            holds = self.permissions.still_refused(name, why, self.controller.session)
            self.controller.bar.show_message(f"{why}.", "info", topic="key", holds=holds)
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.files.take(event.mimeData()):
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.welcome.stop()
        if self._training is not None:
            self._training.remember()
            self._training.stop()  # its checkpoint is written while the engine ends
        self.preferences.save(self._layout)
        if self.preferences.remembers:
            say_typed(self)  # words that Return has not taken yet are kept too
            self.doors.last_time.keep()
        QApplication.styleHints().colorSchemeChanged.disconnect(self._desktop_theme)
        self.doors.close()
        self.ended_cleanly = self.controller.close()
        self.ended_cleanly &= self._training is None or self._training.close(TRAINING_ENDS_MS)
        event.accept()

    ended_cleanly = True
