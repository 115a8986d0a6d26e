"""diffviz: see denoising diffusion models work."""

__version__ = "0.1.0"
