"""What may go wrong at the door for weights."""


class ModelError(ValueError):
    """A model that cannot be used. The message is one line: the folder's or file's name, the cause, the remedy."""

    def __init__(self, message: str) -> None:
        # names of files and words out of JSON come from strangers: no line breaks, no control characters
        super().__init__("".join(c if c.isprintable() else " " for c in message))


class SchedulerMissing(ModelError):
    """Everything is there but the scheduler: ask which, and load again with a ``SchedulerChoice``."""
