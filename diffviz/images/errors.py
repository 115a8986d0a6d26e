"""What reading and writing pictures may raise."""


class PictureError(ValueError):
    """A picture that cannot be read or written: one sentence with the file's name, the cause and the remedy."""
