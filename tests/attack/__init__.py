"""Drivers that try to break diffviz: what they share, and one program a kind of attack."""
