"""THE one door for weights: a diffusers folder, a shipped model or a hub id -> Model."""

from diffviz.models.errors import ModelError, SchedulerMissing
from diffviz.models.loading import load_model
from diffviz.models.model import Model
from diffviz.models.scheduler import SchedulerChoice

__all__ = ["Model", "ModelError", "SchedulerChoice", "SchedulerMissing", "load_model"]
