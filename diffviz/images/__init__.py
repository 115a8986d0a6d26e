"""Between picture files and uint8 arrays (H, W, 3): the one door for pictures."""

from diffviz.images.errors import PictureError
from diffviz.images.opening import (
    MAX_FILE_BYTES,
    MAX_SIDE,
    Picture,
    load_picture,
    picture_from_bytes,
    read_picture,
)
from diffviz.images.pixels import picture_hash, png_bytes

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_SIDE",
    "Picture",
    "PictureError",
    "load_picture",
    "picture_from_bytes",
    "picture_hash",
    "png_bytes",
    "read_picture",
]
