"""config.json -> UNet2DModel, or UNet2DConditionModel of words or texts; a new one, too.

Of what is read every value is checked, then compared with the weights, and only then is memory taken.
"""

from __future__ import annotations

import gc
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

import torch

from diffviz.bounded import take
from diffviz.models.errors import ModelError
from diffviz.models.fields import FIELDS, PLAIN, TEXT_FIELDS, WORDED, WORDED_FIELDS, class_of, is_text
from diffviz.models.folder import ModelFolder, read_json, refuse_code, refusing, short
from diffviz.models.weights import FLOATS, Tensor, Weights
from diffviz.models.worded import call, call_with_text, null_condition

if TYPE_CHECKING:
    from diffusers import UNet2DModel

_ANY_SIDE = 32
MAX_PLACES = 128 * 128  # their square times four bytes is 1 GiB

# Shapes of the networks that were tried last, by config: those of a training, and one that is chosen again, are tried
# once. At most 8 of about 0.1 MiB.
_TRIED: dict[str, dict[str, tuple[int, ...]]] = {}
_MOST_TRIED = 8

# What every tensor of the network lies under; weights under another name are none of its.
_PARTS = (
    *("conv_in", "time_proj", "time_embedding", "class_embedding", "encoder_hid_proj", "down_blocks"),
    *("mid_block", "up_blocks", "conv_norm_out", "conv_out"),
)


def read_config(folder: ModelFolder, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """The arguments of the network's class out of config.json, each within its bounds.

    Args:
        size: (height, width) to work at instead of what the file says.
    Raises:
        ModelError: if the file asks for another class, for code, or for something absurd.
    """
    path = folder.unet / "config.json"
    name = folder.shown(path)
    config = read_json(path, name)
    refuse_code(config, name)
    given = config if size is None else {**config, "sample_size": list(size)}
    return check_config(given, name, folder.text_encoder is not None)


def check_config(config: Mapping[str, Any], name: str, texts: bool = False) -> dict[str, Any]:
    """The arguments of the network's class out of its config, each within its bounds; ``sample_size`` may be None.

    Args:
        texts: a text encoder lies beside it.
    Raises:
        ModelError: as ``read_config``.
    """
    kind = config.get("_class_name")
    if kind not in (PLAIN, WORDED):
        raise ModelError(f"{name}: describes {short(kind)}; diffviz opens networks of the class {PLAIN}.")
    if kind == WORDED and not texts and config.get("encoder_hid_dim_type") != "text_proj":
        raise ModelError(
            f"{name}: describes {kind}, which reads the output of a text encoder, and none lies beside it; fetch "
            f"text_encoder/ and tokenizer/ too, or choose a {PLAIN}, or a model with words of its own, as faces-64."
        )
    if "quantization_config" in config:
        raise ModelError(f"{name}: describes quantized weights; save the network again as fp16 or fp32.")
    if config.get("time_embedding_type") == "fourier":
        raise ModelError(f"{name}: the network is conditioned on σ (fourier), not on t; choose one with T levels.")
    fields = FIELDS if kind == PLAIN else TEXT_FIELDS if texts else WORDED_FIELDS
    arguments = {key: value for key, value in config.items() if key in fields}
    with refusing(name, "; correct it or save it again."):
        for key in arguments:
            take(arguments, key, fields[key])
    arguments.setdefault("sample_size", None)
    required = ["block_out_channels", "down_block_types", "up_block_types", "layers_per_block"]
    if kind == WORDED:
        more = ("in_channels", "out_channels") if texts else ("attention_head_dim", "encoder_hid_dim")
        required += ["cross_attention_dim", *more]
    missing = [key for key in required if key not in arguments]
    if missing:
        raise ModelError(f'{name}: lacks "{missing[0]}"; add the value the network was trained with.')
    counts = {len(arguments[key]) for key in ("block_out_channels", "down_block_types", "up_block_types")}
    if len(counts) > 1:
        raise ModelError(f"{name}: block_out_channels, down_block_types and up_block_types differ in length; mend it.")
    if (places := _places(arguments)) > MAX_PLACES:
        raise ModelError(
            f"{name}: asks for attention among {places:,} places of a picture, at most {MAX_PLACES:,} can be computed; "
            "choose smaller pictures, or a model with attention at its smaller sizes alone."
        )
    return arguments


def _places(config: Mapping[str, Any]) -> int:
    """The most pixels, after halving, that attend to each other: what it costs grows with their square."""
    height, width = sides(config)
    last = len(config["block_out_channels"]) - 1
    attends = [i for i, kind in enumerate(config["down_block_types"]) if "Attn" in kind]
    attends += [last - i for i, kind in enumerate(config["up_block_types"]) if "Attn" in kind]
    if config.get("add_attention", True) and config.get("mid_block_type", "UNetMidBlock2D") is not None:
        attends.append(last)
    return max((math.ceil(height / 2**i) * math.ceil(width / 2**i) for i in attends), default=0)


def check_against(config: Mapping[str, Any], weights: Weights, name: str) -> None:
    """Compare the config's outline with the weights' shapes: input, output, and each layer of each block.

    Cheap and before diffusers is imported; ``build`` then compares every tensor.

    Raises:
        ModelError: at the first difference, or if the weights do not fit in this machine's memory.
    """
    channels = config["block_out_channels"]
    expected: dict[str, tuple[int, ...]] = {
        "conv_in.weight": (channels[0], config.get("in_channels", 3), 3, 3),
        "conv_out.weight": (config.get("out_channels", 3), channels[0], 3, 3),
    }
    for i, width in enumerate(channels):
        for j in range(config["layers_per_block"]):
            before = channels[max(i - 1, 0)] if j == 0 else width
            expected[f"down_blocks.{i}.resnets.{j}.conv1.weight"] = (width, before, 3, 3)
    if config.get("num_class_embeds") is not None:
        embedding = config.get("time_embedding_dim") or 4 * channels[0]
        expected["class_embedding.weight"] = (config["num_class_embeds"], embedding)
    if config.get("encoder_hid_dim") is not None:
        expected["encoder_hid_proj.weight"] = (config["cross_attention_dim"], config["encoder_hid_dim"])
    for key, shape in expected.items():
        if key not in weights.tensors:
            raise ModelError(
                f"{weights.name}: lacks {key}, which {name} asks for; the two files do not belong together."
            )
        check_tensor(key, shape, weights, name)
    check_memory((tensor for key, tensor in weights.tensors.items() if _is_weight(key, tensor)), weights.name)


def check_memory(tensors: Iterable[Tensor], name: str) -> None:
    """Raises ModelError if the tensors do not fit in this machine's memory as float32."""
    needed, memory = 4 * sum(math.prod(tensor.shape) for tensor in tensors), _memory_bytes()
    if needed > memory:
        raise ModelError(
            f"{name}: needs {needed / 2**30:.0f} GiB as float32, this machine has {memory / 2**30:.0f}; "
            "choose a smaller model."
        )


def _is_weight(key: str, tensor: Tensor) -> bool:
    return tensor.dtype in FLOATS and key.partition(".")[0] in _PARTS


def _made(config: Mapping[str, Any]) -> UNet2DModel:
    """A network of the config's class, with a settled dtype.

    float32 once and for all: diffusers' own property looks through every weight, three times a step (+11 % it/s).
    """
    kind = _class(class_of(config))
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    made: UNet2DModel = type(kind.__name__, (kind,), {"dtype": torch.float32})(**arguments)
    return made


def _class(name: str) -> type[UNet2DModel]:
    """A class of diffusers. Its import makes hundreds of thousands of objects that stay: collections, which stop the
    window, need not look at them, neither on the way nor later."""
    collects, loaded = gc.isenabled(), "diffusers" in sys.modules
    gc.disable()
    try:
        import diffusers

        found: type[UNet2DModel] = getattr(diffusers, name)
    finally:
        if not loaded:
            gc.freeze()
        if collects:
            gc.enable()
    return found


def new_network(config: Mapping[str, Any]) -> UNet2DModel:
    """A network of the config's class with fresh weights out of torch's own generator, float32 on the CPU."""
    return _class(class_of(config))(**config)


def build(config: Mapping[str, Any], weights: Weights, name: str) -> tuple[UNet2DModel, tuple[str, ...]]:
    """The network with its weights, float32 on the CPU, in eval mode, channels_last, without gradients; and a note.

    The note names what the files hold besides: counters, and weights of something else.

    It is built without memory first, to compare every tensor and to send an empty picture through.

    Raises:
        ModelError: if config and weights disagree, the network cannot run, or a weight is not finite.
    """
    try:
        expected, notes = _tried(config, weights, name)
        network = _made(config)
    except ModelError:
        raise
    except Exception as error:  # whatever a library says to a config that passed every check of ours
        raise ModelError(
            f"{name}: does not make a working {class_of(config)} ({short(str(error))}); save it again."
        ) from error
    network.load_state_dict(read_tensors({key: weights.tensors[key] for key in expected}, weights.name))
    return settle(network, weights.name), notes


def _tried(
    config: Mapping[str, Any], weights: Weights, name: str
) -> tuple[dict[str, tuple[int, ...]], tuple[str, ...]]:
    """The shapes of a network's tensors, which the weights have, and the note; it is known to run."""
    key = json.dumps(config, sort_keys=True)
    if (known := _TRIED.get(key)) is not None:
        return known, _check_tensors(known, weights, name)
    with torch.device("meta"):
        outline = _made(config)
    expected = {key: tuple(value.shape) for key, value in outline.state_dict().items()}
    notes = _check_tensors(expected, weights, name)
    _check_run(outline, config, name)
    while len(_TRIED) >= _MOST_TRIED:
        _TRIED.pop(next(iter(_TRIED)), None)
    _TRIED[key] = expected
    return expected, notes


def copy_of(network: UNet2DModel, config: Mapping[str, Any], name: str) -> UNet2DModel:
    """A network of the same weights, on the same device, as ``build`` makes it; the original is left alone.

    Args:
        config: of the original, checked.
    Raises:
        ModelError: if it has other layers than its config says, or a weight is not finite.
    """
    copy = _made(config)
    try:
        copy.load_state_dict(network.state_dict())
    except RuntimeError as error:  # adapters, layers that were taken out
        raise ModelError(f"{name}: has other layers than its config says; pass it as a callable instead.") from error
    return settle(copy.to(network.device), name)


def settle(network: UNet2DModel, name: str) -> UNet2DModel:
    """In eval mode, channels_last and without gradients, once its weights are known to be finite.

    Raises:
        ModelError: if one is not.
    """
    for key, value in network.state_dict().items():
        if not bool(torch.isfinite(value).all()):
            raise ModelError(
                f"{name}: {key} holds values that are not finite; the training has diverged or overflowed in "
                "fp16: choose an earlier checkpoint."
            )
    network.requires_grad_(False).eval()
    # mypy knows no overload of .to for a memory format alone
    return network.to(memory_format=torch.channels_last)


def sides(config: Mapping[str, Any]) -> tuple[int, int]:
    """Height and width in pixels; of a network that takes any size, about 32, as its halvings allow."""
    size = config["sample_size"]
    if size is None:
        halvings = 2 ** (len(config["block_out_channels"]) - 1)
        size = math.ceil(_ANY_SIDE / halvings) * halvings
    return (size[0], size[1]) if isinstance(size, list) else (size, size)


def _check_tensors(expected: Mapping[str, tuple[int, ...]], weights: Weights, name: str) -> tuple[str, ...]:
    """Each tensor of the network has its shape and is a weight; what is there besides is named in a note."""
    lacking = expected.keys() - weights.tensors.keys()
    more = weights.tensors.keys() - expected.keys()
    unknown = {key for key in more if _is_weight(key, weights.tensors[key])}
    for what, keys in (("lacks", lacking), ("has unknown", unknown)):
        if keys:
            raise ModelError(
                f"{weights.name}: {what} {_first_of(keys)}, compared with {name}; the two files do not belong together."
            )
    for key, shape in expected.items():
        check_tensor(key, shape, weights, name)
    return (f"left out of the weights: {_first_of(more)}",) if more else ()


def check_tensor(key: str, shape: tuple[int, ...], weights: Weights, name: str) -> None:
    """Raises ModelError if a tensor of the weights is no float or has not the shape that ``name`` asks for."""
    have = weights.tensors[key]
    if have.dtype not in FLOATS:
        raise ModelError(f"{weights.name}: {key} is stored as {have.dtype}; save the weights as fp16, bf16 or fp32.")
    if have.shape != shape:
        raise ModelError(
            f"{weights.name}: {key} is {_by(have.shape)}, {name} asks for {_by(shape)}; "
            "the two files do not belong together."
        )


def _first_of(keys: Set[str]) -> str:
    return short(min(keys)) + (f" and {len(keys) - 1} more" if len(keys) > 1 else "")


@torch.no_grad()
def _check_run(outline: UNet2DModel, config: Mapping[str, Any], name: str) -> None:
    """One step on the meta device: shapes only, no arithmetic."""
    height, width = sides(config)
    x = torch.empty(1, config.get("in_channels", 3), height, width, device="meta")
    t = torch.zeros(1, dtype=torch.long, device="meta")
    try:
        if is_text(config):
            out = call_with_text(outline, x, t, torch.empty(1, 2, config["cross_attention_dim"] + 1, device="meta"))
        elif class_of(config) == WORDED:
            out = call(outline, x, t, null_condition().to("meta"))
        else:
            out = outline(x, t, None if config.get("num_class_embeds") is None else t, return_dict=False)[0]
    except RuntimeError as error:
        halvings = 2 ** (len(config["block_out_channels"]) - 1)
        raise ModelError(
            f"{name}: a picture of {height}x{width} does not pass through the network; "
            f"height and width must be multiples of {halvings}."
        ) from error
    if out.shape[2:] != x.shape[2:]:
        raise ModelError(f"{name}: the network changes the picture's size; it is no denoiser.")


def read_tensors(places: Mapping[str, Tensor], name: str) -> dict[str, torch.Tensor]:
    """The tensors of checked files, on the CPU. Raises ModelError."""
    from safetensors import SafetensorError, safe_open

    tensors: dict[str, torch.Tensor] = {}
    for path in sorted({place.path for place in places.values()}):
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                tensors |= {key: file.get_tensor(place.key) for key, place in places.items() if place.path == path}
        except (SafetensorError, OSError, ValueError) as error:
            raise ModelError(f"{name}: cannot be read ({short(str(error))}); fetch or save it again.") from error
    return tensors


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _memory_bytes() -> float:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return math.inf


def attention_layer() -> type[torch.nn.Module]:
    """The class of the networks' attention layers."""
    from diffusers.models.attention_processor import Attention

    return Attention
