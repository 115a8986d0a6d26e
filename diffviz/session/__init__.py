"""What a window is in the middle of, and what can be done now: no Qt, no torch."""
