"""What may go wrong at the door for weights."""

from diffviz.bounded import Refusal


class ModelError(Refusal):
    """A model that cannot be used. The message is one line: the folder's or file's name, the cause, the remedy."""


class SchedulerMissing(ModelError):
    """Everything is there but the scheduler: ask which, and load again with a ``SchedulerChoice``."""
