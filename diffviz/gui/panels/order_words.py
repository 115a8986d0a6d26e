"""What Generate will do, in words: "Generate a person", "Generate 16 cats"."""

from __future__ import annotations

from diffviz import catalog
from diffviz.scene import Scene

# classes of models are named by their makers: what is no noun is named, not counted
ADJECTIVES = {"angry", "bad", "big", "cool", "cute", "good", "happy", "sad", "sick", "silly", "skeptical", "sleepy"}
PLURALS = {"person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice", "fish": "fish"}
LONGEST = 18  # of a name, in letters; a longer one is a prompt, which stands above the button
ALIKE = {"sheep", "deer", "aircraft", "fruit"}


def order(scene: Scene, kind: str) -> str:
    """The words on the button; ``kind``: of data, that the model makes."""
    name, count = scene.model.class_label, scene.count
    if catalog.KINDS[kind].cloud:  # a sample is a cloud
        named = f"“{name}”" if name and not scene.class_rows else ""
        return (
            f"Generate {named or 'points'}" if count == 1 else f"Generate {count} {named and '× '}{named or 'clouds'}"
        )
    if scene.class_rows and count > 1:
        side = round(count**0.5)
        return f"Generate {side} of each"
    if name is None:
        return f"Generate a {kind}" if count == 1 else f"Generate {count} {kind}s"
    if not _noun(name):
        if len(name) > LONGEST:
            return "Generate from words" if count == 1 else f"Generate {count} from words"
        return f"Generate “{name}”" if count == 1 else f"Generate {count} × “{name}”"
    if count == 1:
        return f"Generate {'an' if name[0] in 'aeiou' else 'a'} {name}"
    return f"Generate {count} {_plural(name)}"


def _noun(name: str) -> bool:
    return name.isalpha() and name.islower() and not name.endswith(("ing", "ed", "s")) and name not in ADJECTIVES


def _plural(name: str) -> str:
    if name in PLURALS or name in ALIKE:
        return PLURALS.get(name, name)
    if name.endswith(("x", "ch", "sh", "z")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
