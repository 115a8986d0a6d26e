"""Animations and figures, made from arrays without a display; imports neither torch nor Qt."""
