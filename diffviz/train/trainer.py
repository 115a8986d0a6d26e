"""A network in training: one step at a time, its average, and all that a checkpoint must hold."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.models.network import new_network
from diffviz.models.worded import WordedNetwork, bare
from diffviz.train.draw import Draw, stream_seed
from diffviz.train.held_out import measured
from diffviz.train.objective import level_weights, losses, target
from diffviz.train.pictures import Pictures, as_noised
from diffviz.train.precision import keep_slow_layers_in_float32
from diffviz.train.quiet import QuietWeights
from diffviz.train.recipe import Recipe
from diffviz.train.start import CLASS_TABLE
from diffviz.train.word_maps import WordMaps

if TYPE_CHECKING:
    from accelerate import Accelerator

    from diffviz.train.start import Start

WARM_UP_STEPS = 300
WARM_UP_SHARE = 0.1  # of the training, at most
FINAL_LR = 0.02  # of the peak
WEIGHT_DECAY = 1e-4
MAX_GRADIENT_NORM = 1.0
# Adam moves every weight by about the learning rate; the rows of the classes are of size 1, not 0.03 like the others.
# Measured on eight classes that were new to emoji-32, after 400 steps: the loss of v on their pictures at t = 650 is
# 0.106, and 0.117 at a rate of 1; at t = 950 0.165 and 0.169. From random weights it makes no difference.
CLASS_RATE = 10.0
# Likewise the rows of words. Measured on faces-64, after 85,000 pictures: what a wrong mouth adds to the loss of v at
# t = 700 is 0.3e-4; 4,600 pictures later 7.6e-4, at a rate of 1 still below 1e-4, and with word weights too 70e-4.
_OF_WORDS = ("encoder_hid_proj.", "class_embedding.")

_WEIGHTS, _DROPOUT = 3, 4  # streams of the seed; draw.py has the first two


class Trainer:
    """The network, its optimiser and the average of its weights.

    The same recipe, pictures and number of steps give the same weights on a CPU, whether or not the state was taken
    out and put back in between: what is random at a step depends on the seed and the step alone.

    Attributes:
        steps_done: optimiser steps so far. average: the network whose weights are the running mean, in eval mode.

    Args:
        start: what a recipe with a ``start`` begins with.
    """

    def __init__(
        self, recipe: Recipe, pictures: Pictures, accelerator: Accelerator, start: Start | None = None
    ) -> None:
        self.recipe = recipe
        self.pictures = pictures
        self.accelerator = accelerator
        self.schedule: NoiseSchedule = recipe.noise_schedule() if start is None else start.schedule
        self.steps_done = 0
        device = accelerator.device
        torch.manual_seed(stream_seed(recipe.seed, _WEIGHTS))
        network = _network(recipe, pictures, start).to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(network).requires_grad_(False).eval()
        if recipe.precision == "bf16" and device.type == "cpu":
            keep_slow_layers_in_float32(network)
        self.network = network.train()
        told = {name for name, _ in network.named_parameters() if _is_of_the_condition(name)}
        others = [weight for name, weight in network.named_parameters() if name not in told]
        groups = [{"params": others, "rate": 1.0}]
        if told:
            condition = [weight for name, weight in network.named_parameters() if name in told]
            groups.append({"params": condition, "rate": CLASS_RATE})
        self._optimiser = torch.optim.AdamW(
            groups, recipe.lr, weight_decay=WEIGHT_DECAY, fused=device.type in ("cpu", "cuda")
        )
        self._wrapped, self._optimiser = accelerator.prepare(self.network, self._optimiser)
        self._maps = self._quiet = None
        if recipe.word_weight and pictures.captions:
            self._maps = WordMaps(pictures, recipe.word_weight, recipe.flip)
        if recipe.quiet_weight:
            self._quiet = QuietWeights(pictures, recipe.quiet_weight)
        self._pairs = (list(self.average.parameters()), list(self.network.parameters()))
        self._draw = Draw(pictures, recipe, device, accelerator.process_index, accelerator.num_processes)

    def step(self, progress: float) -> Tensor:
        """One optimiser step.

        Args:
            progress: the share of the training that is done, in 0..1; it decides the learning rate.
        Returns:
            The mean loss of this process's share of the batch, without any weights, detached, on the device.
        """
        recipe = self.recipe
        batch = self._draw.batch(self.steps_done)
        x_t = add_noise(batch.x_0, batch.t, batch.eps, self.schedule)
        x_t = x_t.contiguous(memory_format=torch.channels_last)
        if recipe.dropout:
            torch.manual_seed(stream_seed(recipe.seed, _DROPOUT, self.steps_done, self.accelerator.process_index))
        # the network counts its timesteps from 0
        output = self._wrapped(x_t, (batch.t - 1).to(x_t.device), batch.labels, return_dict=False)[0]
        wanted = target(batch.x_0, batch.eps, batch.t, self.schedule, recipe.prediction)
        each = losses(output.detach(), wanted)
        weights = level_weights(batch.t, self.schedule, recipe.prediction, recipe.min_snr)
        weighted = losses(output, wanted, self._squares(batch.labels))
        self.accelerator.backward((weighted * weights.to(each.device)).mean())
        self.accelerator.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * self.learning_rate(progress)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._update_average()
        self.steps_done += 1
        return each.mean()

    def _squares(self, labels: Tensor | None) -> Callable[[Tensor], Tensor]:
        """The square of an error, as the recipe weighs it: where words show, or when a sound is quiet."""
        if self._quiet is not None:
            return self._quiet.squares
        if self._maps is None or labels is None:
            return torch.square
        maps = self._maps
        return lambda error: error.square() * maps.weights(labels, error.shape[-1]).to(error.device)[:, None]

    def learning_rate(self, progress: float) -> float:
        """Linear warm-up over 300 steps or a tenth of the training, then half a cosine down to 2 % of the peak."""
        warm = max((self.steps_done + 1) / WARM_UP_STEPS, progress / WARM_UP_SHARE)
        decay = 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))
        return self.recipe.lr * min(1.0, warm) * (FINAL_LR + (1.0 - FINAL_LR) * decay)

    @torch.no_grad()
    def _update_average(self) -> None:
        # a short training has few steps: its mean must not be stuck at the beginning
        decay = min(self.recipe.ema, (1.0 + self.steps_done) / (10.0 + self.steps_done))
        torch._foreach_lerp_(self._pairs[0], self._pairs[1], 1.0 - decay)

    @torch.no_grad()
    def held_out_loss(self) -> float | None:
        """Mean loss of the averaged network on pictures that were held out, or None where none was.

        The same pictures, levels and noise each time: levels are spread evenly over 1..T, one for each picture.
        """
        chosen = measured(self.pictures.held_out)
        if not len(chosen):
            return None
        device, count = self.accelerator.device, len(chosen)
        x_0 = as_noised(torch.from_numpy(self.pictures.pixels[chosen]).to(device))
        told = self.pictures.conditions(chosen)
        labels = None if told is None else torch.from_numpy(told).to(device)
        t = 1 + (torch.arange(count) * self.recipe.T) // count
        # neighbours in the folder must not always be neighbours in t
        t = t[torch.randperm(count, generator=torch.Generator().manual_seed(0))]
        eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0)).to(device)
        x_t = add_noise(x_0, t, eps, self.schedule).contiguous(memory_format=torch.channels_last)
        output = self.average(x_t, (t - 1).to(device), labels, return_dict=False)[0]
        return float(losses(output, target(x_0, eps, t, self.schedule, self.recipe.prediction)).mean())

    def finite(self) -> bool:
        """Whether every weight is a number."""
        return all(bool(torch.isfinite(value).all()) for value in (*self._pairs[0], *self._pairs[1]))

    def state(self) -> dict[str, Tensor]:
        """Weights, average and the optimiser's moments by name; with ``steps_done`` all that a checkpoint needs."""
        tensors: dict[str, Tensor] = {}
        for (name, weight), average in zip(self.network.named_parameters(), self._pairs[0], strict=True):
            moments = self._optimiser.state.get(weight, {})
            tensors[f"weights.{name}"] = weight
            tensors[f"average.{name}"] = average
            for kind in ("exp_avg", "exp_avg_sq"):
                tensors[f"{kind}.{name}"] = moments.get(kind, torch.zeros_like(weight))
        return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor], steps_done: int) -> None:
        """Go on from a state. Raises KeyError or RuntimeError if it belongs to another network."""
        moments = {}
        for i, (name, weight) in enumerate(self.network.named_parameters()):
            weight.copy_(tensors[f"weights.{name}"])
            self._pairs[0][i].copy_(tensors[f"average.{name}"])
            # like the weight, which is channels_last: other strides would be other, slower kernels
            both = {
                kind: torch.empty_like(weight).copy_(tensors[f"{kind}.{name}"]) for kind in ("exp_avg", "exp_avg_sq")
            }
            moments[weight] = {"step": torch.tensor(float(steps_done)), **both}
        for weight, state in moments.items():
            if self._optimiser.param_groups[0].get("fused"):
                state["step"] = state["step"].to(weight.device)
            self._optimiser.state[weight] = state
        self.steps_done = steps_done


def _is_of_the_condition(name: str) -> bool:
    """Whether a weight is of the rows of classes or words."""
    return name == CLASS_TABLE or name.removeprefix("unet.").startswith(_OF_WORDS)


def _network(recipe: Recipe, pictures: Pictures, start: Start | None) -> Any:
    """A fresh network for these pictures, with the weights of ``start`` where there are some."""
    count, captions = len(pictures.class_names), pictures.captions
    if captions is not None:
        words = captions.vocabulary.words
        config = recipe.worded_config(len(words)) if start is None else start.worded_config(recipe.dropout)
        inner = new_network(config)
        if start is not None and start.model is not None:
            inner.load_state_dict(bare(start.model.network).state_dict())
        return WordedNetwork(inner, recipe.shuffle)
    config = recipe.network_config(count) if start is None else start.network_config(count, recipe.dropout)
    plain = new_network(config)
    if start is not None and start.model is not None:
        plain.load_state_dict(start.weights(pictures.class_names))
    return plain
