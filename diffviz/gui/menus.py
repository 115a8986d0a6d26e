"""The menu bar: which action stands where."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from diffviz import catalog
from diffviz.gui.theme import literal
from diffviz.lens_catalog import LENSES
from diffviz.scene import DataSpec

# actions by name, | a line, capitals a sub-menu
MENUS = {
    "File": "open paste SAMPLES RECENT points_of_picture | open_model train | open_scene save_scene | "
    "open_run save_run | design pin_schedule import_schedule export_schedule | "
    "save_png save_sound save_lens save_numbers export | quit",
    "Edit": "undo redo | copy copy_numbers | brush new_noise",
    "View": f"fit one_to_one | density arrows paths | play_sound | {' '.join(f'lens_{name}' for name in LENSES)} | "
    "unfold | presentation blank THEME | next_part part_before | opening reset_view",
    "Chain": "direction_forward direction_reverse laboratory | say_words generate denoise pause cancel live | "
    "go_on futures decide return repeat restore_chain take_settings FAVOURITES | "
    "play first back next last type_t loop",
    "Help": "help glossary | about",
}
THEMES = (("auto", "Like the desktop"), ("dark", "Dark"), ("light", "Light"))


def fill_menu_bar(bar: QMenuBar, actions: dict[str, QAction], sub_menus: dict[str, QMenu]) -> None:
    """Put the actions and sub-menus into the bar."""
    for title, entries in MENUS.items():
        menu = bar.addMenu(f"&{title}")
        menu.setToolTipsVisible(True)
        for entry in entries.split():
            if entry == "|":
                menu.addSeparator()
            elif entry in sub_menus:
                menu.addMenu(sub_menus[entry])
            else:
                menu.addAction(actions[entry])


def theme_menu(parent: QWidget, choose: Callable[[str], None]) -> tuple[QMenu, dict[str, QAction]]:
    """The menu of themes, and its actions by theme."""
    menu = QMenu("Theme", parent)
    group = QActionGroup(menu)
    made = {}
    for name, text in THEMES:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(lambda _=False, name=name: choose(name))
        group.addAction(action)
        made[name] = action
    return menu, made


def sample_menu(parent: QWidget, show: Callable[[DataSpec], None]) -> QMenu:
    """The menu of what ships, kind by kind."""
    menu = QMenu("Samples", parent)
    for kind, entry in catalog.KINDS.items():
        for name in entry.samples():
            data = DataSpec(kind, f"builtin:{name}")
            action = menu.addAction(name.replace("_", " "))
            action.setData(data)
            action.triggered.connect(lambda _=False, data=data: show(data))
    return menu


def recent_menu(parent: QWidget, recent: Callable[[], list[str]], show: Callable[[str], None]) -> QMenu:
    """The menu of recent pictures, filled when it opens."""
    menu = QMenu("Recent", parent)

    def fill() -> None:
        menu.clear()
        for path in recent():
            menu.addAction(literal(path)).triggered.connect(lambda _=False, path=path: show(path))
        if not recent():
            menu.addAction("No recent pictures").setEnabled(False)

    menu.aboutToShow.connect(fill)
    return menu
