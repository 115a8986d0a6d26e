"""What Generate will do, in words: "Generate “person”", "Generate 16 “cat”".

Classes are named by their makers and prompts by anybody: what is asked for is quoted, never inflected.
"""

from __future__ import annotations

from diffviz import catalog
from diffviz.scene import Scene

LONGEST = 18  # of a name, in letters; a longer one is a prompt, which stands above the button


def order(scene: Scene, kind: str) -> str:
    """The words on the button; ``kind``: of data, that the model makes."""
    name, count, cloud = scene.model.class_label, scene.count, catalog.KINDS[kind].cloud
    if scene.class_rows and cloud:  # which would be one of several
        name = None
    elif scene.in_rows:
        return f"Generate {round(count**0.5)} of each"
    if name is None:
        one, many = ("points", "clouds") if cloud else (f"a {kind}", f"{kind}s")
        return f"Generate {one}" if count == 1 else f"Generate {count} {many}"
    if len(name) > LONGEST:
        return "Generate from words" if count == 1 else f"Generate {count} {kind}s"
    return f"Generate “{name}”" if count == 1 else f"Generate {count} “{name}”"
