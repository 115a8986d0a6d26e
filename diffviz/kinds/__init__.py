"""What a kind of data is: the one place to add one. Its name and words for menus stand in ``catalog.KINDS``."""

from diffviz.kinds.kind import Kind
from diffviz.kinds.picture import PICTURE

KINDS: dict[str, Kind] = {kind.name: kind for kind in (PICTURE,)}

__all__ = ["KINDS", "PICTURE", "Kind"]
