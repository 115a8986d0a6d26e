"""What an export may raise."""

from diffviz.bounded import Refusal


class ExportError(Refusal):
    """An export that cannot be made: one sentence with the file, where there is one, the cause and the remedy."""
