"""A network that a text encoder tells, in the window: any words, how many do not fit, and the lens Words."""

from __future__ import annotations

from pathlib import Path

from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from text_model import write_clip

from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.lens_card import LensPanels
from diffviz.scene import SamplerSpec


def test_words_are_typed_and_each_ones_map_is_seen(driver: Driver, tmp_path: Path) -> None:
    controller, before = driver.window.controller, driver.scene
    controller.models.choose(str(write_clip(tmp_path / "texts")))
    driver.idle()
    box = driver.find("class_combo", ConditionBox)
    assert (
        box.told_words and box.count() == 0 and box.lineEdit().placeholderText() == "anything; or words, as “a red hat”"
    )
    said: list[tuple[str, bool]] = []
    box.objected.connect(lambda sentence, wrong: said.append((sentence, wrong)))
    box.say("red hat " * 8)
    driver.idle()
    assert said[-1] == ("a prompt has at most 16 tokens: its last 2 words are left out", True)
    controller.store.edit(direction="reverse", sampler=SamplerSpec("ddim", 4))
    box.begin()
    QTest.keyClicks(box, "zebra, red hat")
    QTest.keyClick(box, Qt.Key.Key_Return)
    driver.until(lambda: controller.jobs.running)
    driver.idle()
    assert said[-1] == ("", False) and controller.store.session.run.made.model.class_label == "zebra, red hat"
    driver.trigger("lens_words")
    driver.key(Qt.Key.Key_Left)
    driver.until(lambda: "zebra" in driver.find("lens_panels", LensPanels).accessibleName())
    told = driver.find("lens_panels", LensPanels).accessibleName()
    assert all(f"{word}: change of" in told for word in ("zebra", "red", "hat"))
    controller.models.choose(before.model.name)  # the list of completions goes with the field
    driver.idle()
