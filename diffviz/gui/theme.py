"""Fusion, an own palette and one stylesheet, dark and light, at any text size."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, Qt
from PySide6.QtWidgets import QApplication, QWidget

from diffviz.assets import asset
from diffviz.palette import DARK, LIGHT, Palette

BASE_PX = 13
MOST_IN_LINE = 80  # letters of a tooltip
PRESENTED = 54  # lines of text that a presented screen is high
# DejaVu Sans (not its bold) has no anchor for a hat on x and drops it; behind a joiner it stands where it should
X_HAT = "x\u200d\u0302"
# x_0, ᾱ_t, x_{t−1}, p_θ as they are written in tables of words; the name of a file is none
SIGN = re.compile(r"(?<![\w.])(x\u200d?\u0302?|[zcpqL]|ᾱ|α|β\u0303?|ε\u0302?|σ)_(\{[^}]*\}|[0-9tTsθ])(?!\w|\.\w)")
LOWERED = str.maketrans("0123456789tsT−-kipoune", "₀₁₂₃₄₅₆₇₈₉ₜₛᴛ₋₋ₖᵢₚₒᵤₙₑ")
_fonts: list[int] = []
Measure = Callable[[float], str]  # pixels at the text size in force, as CSS


def presentation_scale(height: int) -> float:
    """How much larger text is on a presented screen of ``height`` pixels."""
    return max(1.0, height / PRESENTED / BASE_PX)


def drawn(text: str) -> str:
    """Words as the font can draw them without markup: it has no anchor for a hat on x, and small letters for x_0."""
    text = text.replace("x\u0302", X_HAT)
    return SIGN.sub(lambda found: found[1] + found[2].strip("{}").translate(LOWERED), text)


def literal(text: str) -> str:
    """Words as a button or a menu shows them: an "&" in a name is no mark of a key."""
    return text.replace("&", "&&")


def rich(text: str) -> str:
    """Words with x_0 as rich text; those without such a sign stay as they are."""
    text = text.replace("x\u0302", X_HAT)
    if not SIGN.search(text):
        return text
    lines = html.escape(text, quote=False).replace("\n", "<br>")
    return SIGN.sub(lambda found: f"{found[1]}<sub>{found[2].strip('{}')}</sub>", lines)


@lru_cache(2048)
def wrapped(text: str) -> str:
    """A tooltip: with x_0 as rich text, and where it is long too, for Qt wraps no other."""
    text = text.replace("x\u0302", X_HAT)
    made = text if Qt.mightBeRichText(text) else rich(text)
    if Qt.mightBeRichText(made) or max(map(len, made.split("\n"))) <= MOST_IN_LINE:
        return made
    return "<qt>" + html.escape(made, quote=False).replace("\n", "<br>")


def load_fonts() -> None:
    """DejaVu Sans for window and export alike: it has √ ᾱ ε β σ on every system."""
    if not _fonts:
        for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
            _fonts.append(QFontDatabase.addApplicationFont(str(asset("fonts", name))))


def resolve(choice: str) -> Palette:
    """The palette for "dark", "light" or "auto", which follows the desktop."""
    if choice == "auto":
        choice = "light" if QApplication.styleHints().colorScheme().name == "Light" else "dark"
    return LIGHT if choice == "light" else DARK


def palette_of(widget: QWidget) -> Palette:
    """The one that a widget wears."""
    return LIGHT if widget.palette().window().color().lightness() > 127 else DARK


def apply_theme(window: QWidget, palette: Palette) -> None:
    """Set style, palette and font of the application, and the stylesheet of a window, if it does not wear it yet.

    A sheet of the application would dress every widget once for each of its ancestors: four times the work.
    """
    sheet = stylesheet(palette)
    if window.styleSheet() == sheet:  # Qt would dress every widget again
        return
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    load_fonts()
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    font = letters(BASE_PX)
    app.setFont(font)
    window.setFont(font)  # before the event loop runs the application does not pass its font on
    app.setPalette(_qpalette(palette))
    window.setStyleSheet(sheet)


def size_letters(scale: float) -> None:
    """Of tooltips, and of what is dressed from now on for the first time."""
    QApplication.setFont(letters(BASE_PX * scale))


def enlarge(parts: Iterable[QWidget], palette: Palette, scale: float) -> None:
    """Letters of another size for some parts of a window; at 1 they are its own again.

    A larger sheet for the whole window would dress what a presentation hides too: twice the work.
    """
    size_letters(scale)
    sheet = "" if scale == 1.0 else stylesheet(palette, scale)
    for part in parts:
        if part.styleSheet() != sheet:
            part.setFont(letters(BASE_PX * scale) if sheet else QFont())
            part.setStyleSheet(sheet)


def letters(px: float, like: QFont | None = None, bold: bool = False) -> QFont:
    """The window's font, or a copy of another one, in that size."""
    font = QFont("DejaVu Sans") if like is None else QFont(like)
    font.setPixelSize(round(px))
    if bold:
        font.setBold(True)
    return font


def _qpalette(palette: Palette) -> QPalette:
    roles = QPalette.ColorRole
    colours = {
        roles.Window: palette.background,
        roles.WindowText: palette.text,
        roles.Base: palette.field,
        roles.AlternateBase: palette.card,
        roles.Text: palette.text,
        roles.Button: palette.card,
        roles.ButtonText: palette.text,
        roles.ToolTipBase: palette.card,
        roles.ToolTipText: palette.text,
        roles.PlaceholderText: palette.muted,
        roles.Highlight: palette.accent,
        roles.HighlightedText: palette.accent_text,
        roles.Link: palette.signal,
    }
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.muted))
    return made


def stylesheet(palette: Palette, scale: float = 1.0) -> str:
    """A window's. Widgets choose a look by the property ``look``: card, title, muted, primary, segment."""

    def px(value: float) -> str:
        return f"{round(value * scale)}px"

    def arrow(name: str) -> str:
        return f'url("{asset("icons", f"{name}-{palette.name}.svg").as_posix()}")'

    parts = (_frames(palette, px, arrow), _buttons(palette, px, arrow), _fields(palette, px, arrow), _rest(palette, px))
    return "\n".join(parts)


def _frames(p: Palette, px: Measure, drawing: Callable[[str], str]) -> str:
    """Window, menus, cards and labels."""
    return f"""
QMainWindow, QDialog {{ background: {p.background}; }}
QFileDialog {{ min-width: {px(860)}; min-height: {px(480)}; backward-icon: {drawing("left")};
  forward-icon: {drawing("right")}; filedialog-parent-directory-icon: {drawing("up")}; }}
QToolTip {{ color: {p.text}; background: {p.card}; border: 1px solid {p.border}; padding: {px(6)}; }}
QMenuBar {{ background: {p.background}; padding: 2px {px(8)}; }}
QMenuBar::item {{ padding: {px(4)} {px(8)}; border-radius: {px(5)}; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {p.hover}; }}
QMenu {{ background: {p.card}; border: 1px solid {p.border}; padding: {px(5)}; }}
QMenu::item {{ padding: {px(5)} {px(22)} {px(5)} {px(10)}; border-radius: {px(4)}; }}
QMenu::item:disabled {{ color: {p.muted}; }}
QMenu::indicator {{ width: {px(14)}; height: {px(14)}; left: {px(4)}; }}
QMenu::indicator:checked {{ image: {drawing("check")}; }}
QMenu::separator {{ height: 1px; background: {p.border}; margin: {px(4)} {px(6)}; }}
QFrame[look="card"] {{ background: {p.card}; border: 1px solid {p.border}; border-radius: {px(9)}; }}
QLabel {{ background: transparent; }}
QLabel[look="title"] {{ font-weight: bold; }}
QLabel[look="muted"] {{ color: {p.muted}; }}
QLabel[look="small"] {{ color: {p.muted}; font-size: {px(12)}; }}
QLabel[look="objection"] {{ color: {p.error}; background: {p.card}; border: 1px solid {p.error};
  border-radius: {px(5)}; padding: {px(3)} {px(7)}; font-size: {px(12)}; }}
QLabel[look="wrong"] {{ color: {p.error}; font-size: {px(12)}; }}
"""


def _buttons(p: Palette, px: Measure, arrow: Callable[[str], str]) -> str:
    """Buttons, flat, filled and in segments."""
    return f"""
QPushButton, QToolButton {{ background: {p.card}; border: 1px solid {p.edge}; border-radius: {px(6)};
  padding: {px(5)} {px(11)}; min-height: {px(18)}; }}
QToolButton {{ padding: {px(5)} {px(7)}; }}
QPushButton:hover, QToolButton:hover {{ background: {p.hover}; }}
QToolButton:checked {{ background: {p.hover}; border: 2px solid {p.accent}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {p.border}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {p.muted}; background: {p.background};
  border-color: {p.border}; }}
QToolButton::menu-indicator {{ image: {arrow("down")}; subcontrol-position: right center; right: {px(5)};
  width: {px(12)}; height: {px(12)}; }}
QToolButton[look="menu"] {{ padding-right: {px(22)}; }}
QPushButton[look="primary"] {{ background: {p.accent}; color: {p.accent_text}; border-color: {p.accent};
  font-weight: bold; padding: {px(7)} {px(14)}; }}
#generate_button {{ padding-left: {px(5)}; padding-right: {px(5)}; }}
QPushButton[look="primary"]:hover {{ border-color: {p.accent_text}; }}
QPushButton[look="primary"]:disabled {{ background: {p.background}; color: {p.muted}; border-color: {p.border}; }}
QToolButton[look="flat"] {{ background: transparent; border-color: transparent; padding: {px(3)};
  min-height: 0; }}
QToolButton[look="flat"]:hover {{ background: {p.hover}; }}
QToolButton[look="flat"]:checked {{ background: {p.hover}; border-color: {p.edge}; }}
QToolButton[look="flat"]:disabled {{ background: transparent; border: 1px solid transparent; }}
QPushButton[look="fold"] {{ background: transparent; border: 1px solid transparent; color: {p.muted};
  text-align: left; padding: {px(3)} {px(2)}; }}
QPushButton[look="fold"]:hover {{ color: {p.text}; }}
QFrame[look="segments"] {{ background: {p.background}; border: 1px solid {p.border}; border-radius: {px(7)}; }}
QPushButton[look="segment"] {{ background: transparent; border: 1px solid transparent; color: {p.muted};
  padding: {px(4)} {px(12)}; border-radius: {px(5)}; }}
QPushButton[look="segment"]:hover {{ color: {p.text}; }}
QPushButton[look="segment"]:disabled {{ color: #73{p.muted[1:]}; }}
QPushButton[look="segment"]:checked {{ background: {p.hover}; color: {p.text}; border-color: {p.edge}; }}
QPushButton[look="segment"][small="true"] {{ padding: {px(2)} {px(5)}; font-size: {px(12)}; min-height: {px(16)}; }}
QPushButton:focus, QToolButton:focus, QPushButton[look="segment"]:focus, QToolButton[look="flat"]:focus,
QPushButton[look="fold"]:focus {{
  border: {px(2)} solid {p.focus}; }}
QPushButton[look="primary"]:focus {{ border: {px(2)} solid {p.focus}; padding: {px(6)} {px(13)}; }}
#generate_button:focus {{ padding-left: {px(4)}; padding-right: {px(4)}; }}
"""


def _fields(p: Palette, px: Measure, arrow: Callable[[str], str]) -> str:
    """Combos, spin boxes, lines and check boxes."""
    return f"""
QComboBox, QAbstractSpinBox, QLineEdit {{ background: {p.field}; border: 1px solid {p.edge};
  border-radius: {px(5)}; padding: {px(3)} {px(7)}; min-height: {px(19)}; selection-background-color: {p.accent};
  selection-color: {p.accent_text}; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0 {px(4)}; background: transparent; min-height: 0; }}
QComboBox QLineEdit {{ border: none; padding: 0; background: transparent; min-height: 0; }}
QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus {{ border: {px(2)} solid {p.focus};
  padding: {px(2)} {px(6)}; }}
QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {{ border: none; padding: 0 {px(4)}; }}
QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled {{ color: {p.muted}; background: {p.card};
  border-color: {p.border}; }}
QComboBox {{ combobox-popup: 0; padding-left: {px(6)}; padding-right: {px(1)}; }}
QComboBox:focus {{ padding-left: {px(5)}; padding-right: 0; }}
QComboBox::drop-down {{ border: none; width: {px(18)}; }}
QComboBox::down-arrow {{ image: {arrow("down")}; width: {px(12)}; height: {px(12)}; }}
QComboBox QAbstractItemView {{ background: {p.card}; border: 1px solid {p.border}; outline: none;
  selection-background-color: {p.hover}; selection-color: {p.text}; padding: {px(3)}; }}
QComboBox QAbstractItemView::item {{ min-height: {px(23)}; padding: 0 {px(5)}; border: none; border-radius: {px(4)}; }}
QComboBox QAbstractItemView::item:selected {{ background: {p.hover}; color: {p.text}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent;
  width: {px(18)}; subcontrol-origin: border; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; margin: 1px 1px 0 0; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; margin: 0 1px 1px 0; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {p.hover}; }}
QAbstractSpinBox::up-arrow {{ image: {arrow("up")}; width: {px(10)}; height: {px(10)}; }}
QAbstractSpinBox::down-arrow {{ image: {arrow("down")}; width: {px(10)}; height: {px(10)}; }}
QCheckBox {{ spacing: {px(7)}; background: transparent; border: {px(2)} solid transparent; border-radius: {px(5)}; }}
QCheckBox::indicator, QTableView::indicator {{ width: {px(14)}; height: {px(14)}; border: 1px solid {p.edge};
  border-radius: {px(4)}; background: {p.field}; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {p.accent}; border-color: {p.accent};
  image: url("{asset("icons", "check-white.svg").as_posix()}"); }}
QCheckBox:disabled {{ color: {p.muted}; }}
QCheckBox::indicator:disabled {{ background: {p.card}; border-color: {p.border}; }}
QCheckBox::indicator:checked:disabled {{ background: {p.edge}; border-color: {p.edge}; }}
QDialog QSlider::groove:horizontal,
#blend_slider::groove:horizontal {{ height: {px(4)}; background: {p.edge}; border-radius: {px(2)}; }}
QDialog QSlider::sub-page:horizontal,
#blend_slider::sub-page:horizontal {{ background: {p.signal}; border-radius: {px(2)}; }}
QDialog QSlider::handle:horizontal,
#blend_slider::handle:horizontal {{ width: {px(10)}; height: {px(10)}; margin: -{px(5)} 0; border-radius: {px(7)};
  background: {p.card}; border: {px(2)} solid {p.signal}; }}
QDialog QSlider::handle:horizontal:focus,
#blend_slider::handle:horizontal:focus {{ border-color: {p.focus}; }}
QDialog QSlider::handle:horizontal:disabled,
#blend_slider::handle:horizontal:disabled {{ border-color: {p.edge}; }}
QDialog QSlider::sub-page:horizontal:disabled,
#blend_slider::sub-page:horizontal:disabled {{ background: {p.edge}; }}
QCheckBox:focus {{ border-color: {p.focus}; }}
"""


def _rest(p: Palette, px: Measure) -> str:
    """Progress, scrolling, tables and messages."""
    return f"""
QProgressBar {{ background: {p.background}; border: none; border-radius: {px(3)}; max-height: {px(6)};
  min-height: {px(6)}; }}
QProgressBar::chunk {{ background: {p.signal}; border-radius: {px(3)}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {px(10)}; margin: 0; }}
QScrollBar::handle:vertical {{ background: {p.edge}; border-radius: {px(4)}; min-height: {px(24)}; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {p.edge}; border-radius: {px(4)}; min-width: {px(24)}; margin: 1px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
  height: 0; width: 0; }}
QTextBrowser {{ background: {p.field}; border: 1px solid {p.edge}; border-radius: {px(5)}; padding: {px(6)}; }}
QTextBrowser:focus {{ border: {px(2)} solid {p.focus}; }}
QTableView {{ background: {p.field}; border: 1px solid {p.edge}; border-radius: {px(5)}; outline: none; }}
QTableView[look="plain"] {{ background: transparent; border: 1px solid transparent; border-radius: 0; }}
QTableView[look="plain"]:focus {{ border: 1px solid {p.focus}; }}
QTableView:focus, QScrollArea:focus {{ border: {px(2)} solid {p.focus}; }}
QTableView::item {{ padding: {px(3)} {px(6)}; }}
QTableView QLineEdit {{ border-radius: 0; padding: 0 {px(4)}; min-height: 0; }}
QHeaderView::section {{ background: {p.card}; color: {p.muted}; border: none;
  border-bottom: 1px solid {p.border}; padding: 0 {px(8)}; }}
QListWidget {{ background: transparent; border: none; outline: none; }}
QListWidget::item {{ border: {px(2)} solid transparent; border-radius: {px(6)}; padding: {px(4)}; color: {p.text}; }}
QListWidget::item:hover {{ background: {p.hover}; }}
QListWidget::item:selected {{ background: {p.hover}; border-color: {p.focus}; color: {p.text}; }}
QStatusBar {{ background: {p.background}; }}
QStatusBar::item {{ border: none; }}
QFrame[look="message"] {{ background: {p.card}; border: 1px solid {p.border}; border-radius: {px(7)}; }}
QFrame[look="message"] QPushButton {{ padding: 0 {px(9)}; }}
QFrame[look="message"] QToolButton {{ padding: {px(1)}; }}
QFrame[look="message"][level="error"] {{ border-color: {p.error}; }}
QFrame[look="message"][level="warning"] {{ border-color: {p.warning}; }}
QFrame[look="message"][level="info"] {{ border-color: {p.signal}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QSplitter::handle {{ background: transparent; }}
QLabel[look="hint"] {{ background: {p.accent}; color: {p.accent_text}; border-radius: {px(6)};
  padding: {px(3)} {px(10)}; font-weight: bold; }}
"""
