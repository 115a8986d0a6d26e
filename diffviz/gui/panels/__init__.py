"""Panels: each builds itself, shows a scene and says what the person wants; none knows another."""
