"""The menus of the bar: each entry of an open one has a key of its own, and its own words otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gui_driver import CTRL, Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from diffviz.gui.menus import MENUS, lettered, unlettered

K = Qt.Key


@pytest.fixture(params=MENUS)
def opened(request: pytest.FixtureRequest, driver: Driver) -> Iterator[QMenu]:
    bar = driver.window.menuBar()
    [menu] = [action.menu() for action in bar.actions() if unlettered(action.text()) == request.param]
    before = [action.text() for action in menu.actions()]
    menu.popup(driver.window.mapToGlobal(bar.rect().bottomLeft()))
    driver.until(menu.isVisible)
    yield menu
    menu.hide()
    assert [action.text() for action in menu.actions()] == before


def letters(menu: QMenu) -> list[str]:
    entries = [action for action in menu.actions() if action.text()]
    return [QKeySequence.mnemonic(action.text()).toString() for action in entries]


def test_each_entry_has_a_letter_of_its_own(opened: QMenu) -> None:
    found = letters(opened)
    assert all(found) and len(set(found)) == len(found), found


def test_so_have_those_of_the_menus_in_it(opened: QMenu, driver: Driver) -> None:
    for menu in (action.menu() for action in opened.actions() if action.menu() is not None):
        menu.aboutToShow.emit()
        found = letters(menu)
        menu.aboutToHide.emit()
        assert all(found) and len(set(found)) == len(found), found
        assert not any(letters(menu))


def test_the_letter_chooses_its_entry(driver: Driver) -> None:
    bar = driver.window.menuBar()
    [menu] = [action.menu() for action in bar.actions() if action.text() == "&Chain"]
    menu.popup(driver.window.mapToGlobal(bar.rect().bottomLeft()))
    driver.until(menu.isVisible)
    [letter] = {
        QKeySequence.mnemonic(action.text()).toString().removeprefix("Alt+")
        for action in menu.actions()
        if unlettered(action.text()) == "Remove noise"
    }
    driver.window.controller.store.edit(t=41)  # what is told meanwhile takes no letter away
    assert all(letters(menu))
    QTest.keyClick(menu, getattr(K, f"Key_{letter}"))
    driver.idle()
    assert driver.scene.direction == "reverse" and not menu.isVisible()


def test_the_letter_of_an_entry_that_is_refused_is_no_key_of_the_window(driver: Driver) -> None:
    """C chose "Back to the chain before", which is refused, and it was said that nothing can be pinned now."""
    driver.trigger("direction_reverse")
    scene, said, bar = driver.scene, driver.messages(), driver.window.menuBar()
    [entry] = [action for action in bar.actions() if action.text() == "&Chain"]
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(entry).center())
    menu = entry.menu()
    driver.until(menu.isVisible)
    QTest.keyClick(menu, K.Key_C)
    QTest.keyClick(menu, K.Key_Z, CTRL)
    assert menu.isVisible() and driver.messages() == said and driver.scene == scene
    menu.hide()


def test_an_entry_that_comes_to_be_called_otherwise_keeps_a_letter(driver: Driver) -> None:
    bar = driver.window.menuBar()
    [menu] = [action.menu() for action in bar.actions() if action.text() == "&Chain"]
    menu.popup(driver.window.mapToGlobal(bar.rect().bottomLeft()))
    driver.until(menu.isVisible)
    before = unlettered(driver.action("loop").text())
    driver.trigger("loop")
    found = letters(menu)
    assert unlettered(driver.action("loop").text()) != before and all(found) and len(set(found)) == len(found), found
    menu.hide()
    assert not any(letters(menu))


def test_as_many_as_can_have_a_letter_and_none_is_an_ampersand_that_is_read() -> None:
    texts = ["R&&D", "&&", "9", "Rd"]
    assert lettered(texts) == ["&R&&D", "&&", "&9", "R&d"]
    assert lettered(["Ab", "A"]) == ["A&b", "&A"], "the first gives way"
    assert [unlettered(text) for text in lettered(texts)] == texts
