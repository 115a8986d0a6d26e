"""SmallNetwork: of points: a perceptron of a few layers, told one place, the noise level and a class. Seconds train it.

On disk it is a folder as any other model's: unet/config.json with its class here in the place of diffusers', its
weights as safetensors, the scheduler's config, and diffviz.json for the names of classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diffviz.bounded import among, optional, take, text, whole
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.denoiser import PREDICTIONS, Denoiser, network_denoiser
from diffviz.kinds import LINE, POINTS
from diffviz.kinds.known import Snapshot
from diffviz.models.classes import read_classes
from diffviz.models.closed_form import ClosedForm
from diffviz.models.errors import ModelError
from diffviz.models.folder import ModelFolder, read_json, refuse_code, refusing
from diffviz.models.model import Model
from diffviz.models.places import Place
from diffviz.models.saving import scheduler_config, write_json, write_weights
from diffviz.models.scheduler import Process, process_of
from diffviz.models.weights import read_weights

CLASS = "SmallNetwork"
WAVES = 16  # of the noise level
FIELDS = {
    "dimensions": whole(1, 2),
    "points": whole(1, 20_000),
    "width": whole(4, 1024),
    "layers": whole(1, 8),
    "num_class_embeds": optional(whole(2, 1000)),
    "prediction": among(*PREDICTIONS),
}
MOST_ANGLE = 12.0  # of λ, beyond which a level says no more


class SmallNetwork(ClosedForm):
    """What it predicts of each point alone, at the noise level of a schedule.

    Args:
        config: a value for each of ``FIELDS``. ``points``: of a sample, which a chain moves together.
        schedule: whose levels ``forward`` is told; the network itself is told ᾱ, so any will do.
        learnt: the digest of the points that it learns, "" where it is not known.
    """

    def __init__(self, config: Mapping[str, Any], schedule: NoiseSchedule, learnt: str = "") -> None:
        super().__init__(config["points"], "level", config["num_class_embeds"], **config)
        self._schedule, width, dimensions = schedule, config["width"], config["dimensions"]
        self.learnt = learnt
        self.first = nn.Linear(dimensions + WAVES + 1, width)
        self.classes = nn.Embedding(config["num_class_embeds"], width) if config["num_class_embeds"] else None
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(config["layers"]))
        self.last = nn.Linear(width, dimensions)

    def at(self, x: Tensor, level: Tensor, labels: Tensor | None = None) -> Tensor:
        """The prediction (N, D) for places x (N, D), levels as ``features`` has them (N, F) or (1, F), labels (N,)."""
        h = self.first(torch.cat([x, level.expand(len(x), -1)], dim=1))
        if self.classes is not None:
            null = torch.full((1,), self.classes.num_embeddings - 1, device=x.device)
            h = h + self.classes(null if labels is None else labels)
        h = nn.functional.silu(h)
        for layer in self.hidden:
            h = nn.functional.silu(layer(h))
        return torch.as_tensor(self.last(h))

    def forward(
        self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None, return_dict: bool = False
    ) -> tuple[Tensor]:
        """(prediction,) for x (B, n, D), all of one level; ``class_labels``: int64 (B,)."""
        level = features(np.array([self._schedule.alpha_bar_at(float(timestep[0]) + 1)])).to(x)
        labels = None if class_labels is None else class_labels.repeat_interleave(x.shape[1])
        return (self.at(x.reshape(-1, x.shape[-1]), level, labels).view_as(x),)


def features(alpha_bar: np.ndarray) -> Tensor:
    """What the network is told of a noise level: float32 (len(ᾱ), WAVES + 1).

    λ = ½ ln SNR, which tells small noise apart, and waves over the angle whose cosine is √ᾱ and whose sine is √(1-ᾱ).
    """
    alpha_bar = np.asarray(alpha_bar, np.float64)
    noise, signal = np.sqrt(1 - alpha_bar), np.sqrt(alpha_bar)
    with np.errstate(divide="ignore"):
        ratio = np.clip(np.log(signal) - np.log(noise), -MOST_ANGLE, MOST_ANGLE) / 4
    angle = np.arctan2(noise, signal)[:, None] * 2 * np.arange(WAVES)
    return torch.from_numpy(np.concatenate((ratio[:, None], np.cos(angle)), axis=1).astype(np.float32))


def snapshot_of(network: SmallNetwork) -> Snapshot:
    """Its weights as they are now, as plain arrays."""
    tensors = {key: value.detach().cpu().numpy().copy() for key, value in network.state_dict().items()}
    return Snapshot({key: network.config[key] for key in FIELDS}, tensors, network.learnt)


def network_of(snapshot: Snapshot, schedule: NoiseSchedule) -> SmallNetwork:
    """The network of a snapshot, without gradients."""
    network = SmallNetwork(snapshot.config, schedule)
    network.load_state_dict({key: torch.from_numpy(value) for key, value in snapshot.tensors.items()})
    return network.requires_grad_(False).eval()


def snapshot_denoiser(snapshot: Snapshot, schedule: NoiseSchedule, label: int = -1, guidance: float = 1.0) -> Denoiser:
    """The denoiser of a snapshot: of one class, -1 for any, guided as ``network_denoiser`` has it."""
    network, null = network_of(snapshot, schedule), (snapshot.config["num_class_embeds"] or 0) - 1
    guided = null >= 0 and 0 <= label < null
    return network_denoiser(
        lambda x, timestep, labels: network(x, timestep, labels)[0],
        schedule,
        prediction=snapshot.config["prediction"],
        clip=None,
        class_labels=label if guided else None,
        null_label=null if null >= 0 else None,
        guidance=guidance if guided else 1.0,
    )


def save_small(folder: Path, network: SmallNetwork, schedule: NoiseSchedule, class_names: Sequence[str] = ()) -> None:
    """Write a folder that the door of weights opens; files are replaced one by one, the weights last.

    Raises:
        OSError: if a file cannot be written.
    """
    config = {"_class_name": CLASS, **{key: network.config[key] for key in FIELDS}}
    if network.learnt:
        config["learnt"] = network.learnt
    scheduler = {"_class_name": "DDPMScheduler", **scheduler_config(schedule, "epsilon"), "clip_sample": False}
    for name in ("unet", "scheduler"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    names = {"class_names": list(class_names), "null_class": len(class_names)} if class_names else {}
    write_json(folder / "unet" / "config.json", config)
    write_json(folder / "scheduler" / "scheduler_config.json", scheduler)
    write_json(folder / "diffviz.json", names)
    write_weights(folder, network.state_dict(), torch.float32)


def is_small(parts: ModelFolder) -> bool:
    """Whether a folder's network says that it is one of these."""
    path = parts.unet / "config.json"
    try:
        return bool(read_json(path, parts.shown(path)).get("_class_name") == CLASS)
    except ModelError:  # whose reader says what is wrong
        return False


def load_small(place: Place, parts: ModelFolder, device: str | torch.device) -> Model:
    """Raises ModelError."""
    path = parts.unet / "config.json"
    name = parts.shown(path)
    given = read_json(path, name)
    refuse_code(given, name)
    with refusing(name, "; correct it or train it again."):
        config = {key: take(given, key, kind) for key, kind in FIELDS.items()}
        learnt = take(given, "learnt", text(64), "")
    if parts.scheduler is None:
        raise ModelError(f"{parts.label}: has no scheduler_config.json; train it again.")
    scheduler = parts.shown(parts.scheduler)
    process = process_of(read_json(parts.scheduler, scheduler, finite=False), scheduler)
    process = Process(process.schedule, config["prediction"], clip=None)
    classes = read_classes(parts, config["num_class_embeds"])
    network = SmallNetwork(config, process.schedule, learnt)
    _fill(network, parts, name)
    network = network.to(device).requires_grad_(False).eval()
    shape, kind = (config["points"], config["dimensions"]), LINE if config["dimensions"] == 1 else POINTS
    return Model(place.name, place.folder, network, process, classes, shape, place.notes, kind)


def _fill(network: SmallNetwork, parts: ModelFolder, name: str) -> None:
    """Give the network the folder's weights, each of its shape and finite."""
    from diffviz.models.network import read_tensors

    weights = read_weights(parts)
    wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: tuple(tensor.shape) for key, tensor in weights.tensors.items()}
    wrong = next((key for key in sorted({*wanted, *found}) if wanted.get(key) != found.get(key)), None)
    if wrong is not None:
        raise ModelError(f"{weights.name}: {wrong} is not what {name} asks for; the two files do not belong together.")
    tensors = read_tensors(weights.tensors, weights.name)
    broken = next((key for key, value in tensors.items() if not bool(torch.isfinite(value).all())), None)
    if broken is not None:
        raise ModelError(f"{weights.name}: {broken} holds values that are not finite; train it again.")
    network.load_state_dict(tensors)
