"""What reading and writing pictures may raise."""

from diffviz.bounded import Refusal


class PictureError(Refusal):
    """A picture that cannot be read or written: one sentence with the file's name, the cause and the remedy."""
