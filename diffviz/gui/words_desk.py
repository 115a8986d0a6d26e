"""WordsDesk: W, and what is typed then, also while a chain runs or the model that will read it is on its way."""

from __future__ import annotations

from diffviz.gui.models import WORDED
from diffviz.gui.shared import Shared
from diffviz.gui.typed_ahead import TypedAhead
from diffviz.scene import SamplerSpec
from diffviz.session.permits import words_wait
from diffviz.session.state import Session

TOPIC = "typed"


class WordsDesk:
    """Gives the keys to the field for words; where it has to wait for something that runs, letters are kept for it."""

    def __init__(self, shared: Shared) -> None:
        self._store, self._models, self._notices = shared.store, shared.models, shared.notices
        self._field = shared.side.label_
        self._ahead: TypedAhead | None = None  # what is typed while something else runs
        shared.actions["say_words"].triggered.connect(self.say_words)
        self._store.changed.connect(self._changed)

    def say_words(self) -> None:
        """Where words are typed: with the model shown, or the one that ships and is told some, at settings for it."""
        why = words_wait(self._store.session)
        if not why and self._field.told_words and self._models.state.ready:
            self._store.set(self._store.scene.on("reverse"))
            self._field.begin()
            return
        ahead = TypedAhead(self._field, self._waits, lambda: self._notices.clear_topic(TOPIC))
        if not why:
            self._load(ahead)
            return
        self._ahead = ahead
        text = f"{why}. What you type now is kept for the words; Esc drops it."
        self._notices.show_message(text, "info", topic=TOPIC, holds=lambda s: words_wait(s) == why)

    def _waits(self) -> bool:
        return self._models.loading or bool(words_wait(self._store.session))

    def _load(self, ahead: TypedAhead) -> None:
        own = self._store.scene.replace(model=WORDED, sampler=SamplerSpec("dpmpp_2m", 20))
        self._store.set(own.on("reverse"))
        on_its_way = self._models.loading and self._models.wanted == WORDED.name
        if not on_its_way:  # an opened run is of that model, or the change of the scene is still to be told
            self._models.load(WORDED.name)
        self._models.when_loaded(ahead.give, chain=False)

    def _changed(self, old: Session, new: Session) -> None:
        ahead = self._ahead
        if ahead is None or words_wait(new):
            return
        self._ahead = None
        if ahead.over:
            return
        if self._field.told_words and self._models.state.ready:
            self._store.set(self._store.scene.on("reverse"))
            ahead.give()
        else:
            self._load(ahead)
