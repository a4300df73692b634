"""`cutout models add`: a person's own network, quantized and served."""

import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from starlette.testclient import TestClient

from cutout import bootstrap, engines, installation
from cutout.__main__ import main
from cutout.config import Settings
from cutout.engine.session import Session
from cutout.models import cards, exports
from cutout.models.add import LEAST_IOU, LEAST_PHOTOS, MOST_MAE
from cutout.models.presets import PRESETS
from cutout.options.record import Options
from tests.conftest import encoded, opened

pytestmark = pytest.mark.slow

SIDE = 32
UNCHANGED = ("--mean", "0", "0", "0", "--std", "1", "1", "1")  # input
RNG = np.random.default_rng(11)
CENTRE = np.zeros((3, 3))
CENTRE[1, 1] = 1


def write(
    path, nodes=None, outputs=("map",), shape=(1, 3, SIDE, SIDE), inputs=("image",), **tensors
):
    """Write a network that finds red salient: a convolution, a batch norm and a sigmoid."""
    kernel = np.zeros((8, 3, 3, 3))
    kernel[:, 0], kernel[:, 2] = CENTRE, -CENTRE  # red less blue
    tensors = {
        "kernel": kernel, "scale": np.full(8, 2), "shift": np.full(8, 0.5), "mean": np.full(8, 0.1),
        "variance": np.full(8, 0.25), "head": np.full((1, 8, 1, 1), 1), "offset": [-12],
    } | tensors  # fmt: skip
    nodes = nodes or [
        helper.make_node("Conv", ["image", "kernel"], ["a"], pads=[1] * 4),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node("Conv", ["c", "head", "offset"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["map"]),
    ]
    graph = helper.make_graph(
        nodes, "own",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.float32(value), name) for name, value in tensors.items()],
    )  # fmt: skip
    opset = helper.make_opsetid("", 16)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Red and other discs on blue and other grounds."""
    folder = tmp_path_factory.mktemp("photos")
    y, x = np.mgrid[:48, :48]
    for index in range(17):
        pixels = RNG.integers(0, 100, (48, 48, 3), dtype=np.uint8) + np.uint8([0, 0, 120])
        disc = np.hypot(x - RNG.integers(15, 33), y - RNG.integers(15, 33)) < RNG.integers(8, 15)
        pixels[disc] = pixels[disc][:, ::-1]
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The folder of CUTOUT_MODELS."""
    path = tmp_path / "models"
    path.mkdir()
    monkeypatch.setenv("CUTOUT_MODELS", str(path))
    return path


@pytest.fixture
def add(folder, photos, capsys):
    """Return a function that runs the command and returns its exit code and what it printed."""

    def run(file, *flags, with_photos=photos):
        kept = ("--photos", with_photos) if with_photos else ("--fp32",)
        status = main(["models", "add", *map(str, (file, *kept, *flags))])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def refusal(result, folder):
    """Return the sentence of a refusal that left nothing behind."""
    status, out, err = result
    wrong_value = err.endswith("[invalid_parameter]\n")
    assert (status, out) == (2 if wrong_value else 1, "")
    assert list(folder.iterdir()) == []
    return err.splitlines()[-1]


def test_an_added_network_is_in_int8_and_every_door_serves_it(add, folder, tmp_path, red_disc):
    status, out, _ = add(write(tmp_path / "mine.onnx"), *UNCHANGED)

    assert status == 0
    assert re.search(r"calibrated on 12 photos, compared on 5 others\n.*MAE +IoU +max-F\n", out)
    nodes = {node.op_type for node in onnx.load(folder / "mine.onnx").graph.node}
    assert "QLinearConv" in nodes
    assert "BatchNormalization" not in nodes
    photo, alpha = encoded(red_disc[0], "PNG"), red_disc[1]
    settings = Settings(model="mine", models=str(folder), threads=1)
    with engines.engine_in_workers(settings, 1) as engine:
        result = engine.remove_background(photo, Options(model="mine"))
        client = TestClient(bootstrap.app(settings, engine, lambda result: None))
        answer = client.post("/api/remove", files={"file": photo}, data={"model": "mine"})
    found = np.asarray(opened(answer.content))[..., 3]
    assert answer.content == result.data
    assert np.abs(found.astype(int) - alpha).mean() < 12
    assert (result.model, len(result.model_version)) == ("mine", 12)


def test_the_card_has_the_sources_hash_and_a_version_that_follows_the_photos(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx")
    add(file, *UNCHANGED)
    add(file, *UNCHANGED, "--name", "as-it-is", with_photos=None)

    quantized, same = (cards.read(folder / f"{name}.onnx") for name in ("mine", "as-it-is"))
    assert quantized["source_sha256"] == same["source_sha256"]
    assert quantized["version"] != same["version"]
    assert (quantized["name"], quantized["size"], quantized["std"]) == ("mine", "32", "1.0,1.0,1.0")


def test_folding_batch_norms_changes_no_output_of_convolutions_that_share_weights(tmp_path):
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["a"], pads=[1] * 4),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
        helper.make_node("Conv", ["image", "kernel"], ["c"], pads=[1] * 4),
        helper.make_node("Mul", ["b", "c"], ["map"]),
    ]
    path = write(tmp_path / "mine.onnx", nodes, kernel=RNG.normal(size=(8, 3, 3, 3)))
    image = RNG.random((1, 3, SIDE, SIDE), np.float32)
    model = onnx.load(path)

    exports.make_alike(model)

    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    before, after = (ort.InferenceSession(one.SerializeToString()).run(None, {"image": image})[0]
                     for one in (onnx.load(path), model))  # fmt: skip
    assert after == pytest.approx(before, rel=1e-4, abs=1e-4)
    assert np.ptp(before) > 1


def test_a_sigmoid_is_added_where_the_network_has_none(add, folder, tmp_path):
    without = list(onnx.load(write(tmp_path / "a.onnx")).graph.node)[:-1]
    file = write(tmp_path / "mine.onnx", without, outputs=("logits",))

    status, out, _ = add(file, *UNCHANGED)

    assert status == 0
    assert "a sigmoid is added, as 'logits' has values from -11.2" in out
    add(tmp_path / "a.onnx", *UNCHANGED)
    picture = Image.linear_gradient("L").convert("RGB").rotate(30)
    one, other = (Session(folder / f"{name}.onnx", 1).predict(picture) for name in ("mine", "a"))
    assert np.array_equal(one, other)


def test_the_first_output_of_the_inputs_size_is_the_map(add, folder, tmp_path):
    nodes = list(onnx.load(write(tmp_path / "a.onnx")).graph.node)
    file = write(tmp_path / "mine.onnx", nodes, outputs=("a", "map", "logits"))

    status, out, _ = add(file, *UNCHANGED)

    assert status == 0
    assert "of 3 outputs, 'map' is the map" in out


def test_an_open_size_is_fixed_by_size(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx", shape=("N", 3, "H", "W"))

    assert "with an open size; say which" in refusal(add(file, *UNCHANGED), folder)
    assert add(file, *UNCHANGED, "--size", "32")[0] == 0
    assert Session(folder / "mine.onnx", 1).card.size == 32


def test_layers_that_have_no_8_bits_stay_in_fp32(add, folder, tmp_path):
    """Two convolutions share weights; one has strides; a constant is added; nodes have no names."""
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["a"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Conv", ["a", "square"], ["b"], pads=[1] * 4),
        helper.make_node("Conv", ["b", "square"], ["c"], pads=[1] * 4),
        helper.make_node("Tanh", ["c"], ["d"]),
        helper.make_node("Add", ["d", "shift"], ["e"]),
        helper.make_node("Relu", ["e"], ["f"]),
        helper.make_node("Conv", ["f", "head", "offset"], ["saliency"]),
        helper.make_node("Resize", ["saliency", "", "", "size"], ["g"], mode="linear"),
        helper.make_node("Sigmoid", ["g"], ["map"]),
    ]
    square = np.zeros((8, 8, 3, 3))
    square[range(8), range(8)] = CENTRE
    file = write(
        tmp_path / "mine.onnx", nodes, square=square, shift=np.zeros((1, 8, 1, 1)), offset=[-3]
    )
    model = onnx.load(file)
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, SIDE, SIDE]), "size"))
    onnx.save(model, file)

    status, out, err = add(file, *UNCHANGED)

    assert (status, out == "") == (0, False), err
    nodes = [node.op_type for node in onnx.load(folder / "mine.onnx").graph.node]
    assert nodes.count("QLinearConv") == 3
    assert "Tanh" in nodes


def test_a_loss_beyond_the_bounds_is_refused(add, folder, tmp_path):
    """A channel that is near 2,000 everywhere takes the 8 bits from the others."""
    constant = {"shift": [2000] + [0.5] * 7, "head": np.reshape([0] + [1] * 7, (1, 8, 1, 1))}

    sentence = refusal(add(write(tmp_path / "mine.onnx", **constant), *UNCHANGED), folder)

    assert "mine.onnx loses too much by 8 bits: MAE " in sentence
    assert (
        "bring more photos of the kind that it will see, or keep it as it is by --fp32" in sentence
    )


def test_a_network_that_finds_nothing_on_the_photos_is_refused(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx", offset=[-100])

    assert "finds a subject on none of 5 photos" in refusal(add(file, *UNCHANGED), folder)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inputs": ("image", "other")}, "mine.onnx has 2 inputs, not one"),
        ({"shape": (1, 3, SIDE, 48)}, "is 1 x 3 x 32 x 48, not 1 x 3 x S x S"),
        ({"shape": (2, 3, SIDE, SIDE)}, "is 2 x 3 x 32 x 32, not 1 x 3 x S x S"),
        ({"offset": [np.nan]}, "the weights offset are not all finite numbers"),
        ({"outputs": ("a", "c")}, "has no output of [1, 1, 32, 32]: a is [1, 8, 32, 32], c is"),
        ({"head": np.ones((1, 5, 1, 1))}, "fails on a picture of 32 x 32 px"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_network_is_refused(add, folder, tmp_path, changes, sentence):
    assert sentence in refusal(add(write(tmp_path / "mine.onnx", **changes), *UNCHANGED), folder)


@pytest.mark.parametrize("kind", ["Mul", "FusedMatMul"])
def test_another_range_and_foreign_operators_are_refused(add, folder, tmp_path, kind):
    nodes = list(onnx.load(write(tmp_path / "a.onnx")).graph.node)
    domain = "com.microsoft" if kind == "FusedMatMul" else None
    nodes.append(helper.make_node(kind, ["map", "factor"], ["grey"], domain=domain))
    file = write(tmp_path / "mine.onnx", nodes, outputs=("grey",), factor=[255])
    model = onnx.load(file)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, file)

    sentence = refusal(add(file, *UNCHANGED), folder)

    assert re.search(
        r"values from .* to 255, not from 0 to 1|has operators of com\.microsoft", sentence
    )


@pytest.mark.parametrize("content", [b"junk" * 100, b"", None])
def test_what_is_no_onnx_file_is_refused(add, folder, tmp_path, content):
    path = tmp_path / "mine.onnx"
    if content is not None:
        path.write_bytes(content)

    assert refusal(add(path, *UNCHANGED), folder).startswith("cutout: ")


@pytest.mark.parametrize("change", ["lose", "cut"])
def test_weights_in_another_file_have_to_be_there_whole(add, folder, tmp_path, change):
    file, weights = write(tmp_path / "mine.onnx"), tmp_path / "weights"
    onnx.save(
        onnx.load(file), file,
        save_as_external_data=True, location=weights.name, size_threshold=0,
    )  # fmt: skip
    whole = weights.read_bytes()
    weights.unlink()
    if change == "cut":
        weights.write_bytes(whole[: len(whole) // 2])

    sentence = refusal(add(file, *UNCHANGED), folder)

    assert "mine.onnx" in sentence
    assert sentence.endswith("[unusable_model]")
    weights.write_bytes(whole)
    assert add(file, *UNCHANGED)[0] == 0


def test_weights_that_are_cut_short_are_refused(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx")
    model = onnx.load(file)
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-8]
    onnx.save(model, file)

    sentence = refusal(add(file, *UNCHANGED), folder)

    assert "mine.onnx: the weights kernel are damaged" in sentence


def test_a_folder_of_photos_that_is_not_there_is_named(add, folder, tmp_path):
    lost = tmp_path / "lost"

    sentence = refusal(add(write(tmp_path / "mine.onnx"), *UNCHANGED, with_photos=lost), folder)

    assert f"--photos: there is no folder {lost}" in sentence


def test_a_folder_needs_sixteen_photos_that_can_be_read(add, folder, photos, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for path in list(photos.iterdir())[:15]:
        (few / path.name).write_bytes(path.read_bytes())
    (few / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")

    status, _, err = add(write(tmp_path / "mine.onnx"), *UNCHANGED, with_photos=few)

    assert status == 2
    assert f"{few / 'broken.jpg'} is left out: " in err
    assert "has 15 photos that can be read, and 16 are the fewest" in err
    (few / "more.png").write_bytes((photos / "16.png").read_bytes())
    assert add(tmp_path / "mine.onnx", *UNCHANGED, with_photos=few)[0] == 0


@pytest.mark.parametrize("name", ["u2net", "U2NETP", "a/b", "..", "-a", "", "a" * 41, "模型"])
def test_a_reserved_or_odd_name_is_refused(add, folder, tmp_path, name):
    file = write(tmp_path / "u2net.onnx")  # an empty --name is the file's

    sentence = refusal(add(file, *UNCHANGED, f"--name={name}", "--overwrite"), folder)

    assert "--name" in sentence
    assert sentence.endswith("[invalid_parameter]")


def test_a_model_is_replaced_only_with_overwrite(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx")
    (folder / "mine.onnx").write_bytes(b"another")

    status, _, err = add(file, *UNCHANGED)

    assert status == 2
    assert "there is a model mine already" in err
    assert (folder / "mine.onnx").read_bytes() == b"another"
    assert add(file, *UNCHANGED, "--overwrite")[0] == 0
    assert cards.read(folder / "mine.onnx")["name"] == "mine"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "say what the network expects: --preset (u2net, silueta, isnet, isnet-anime)"),
        (("--preset", "birefnet"), "--preset is u2net, silueta, isnet, isnet-anime"),
        (("--preset", "isnet"), "is 1 x 3 x 32 x 32, not of the 1024 px of --size or --preset"),
        ((*UNCHANGED, "--fp32"), "say --photos DIR, to quantize with them, or --fp32"),
        ((*UNCHANGED, "--std", "1", "0", "1"), "finite numbers, and those of --std above 0"),
        ((*UNCHANGED, "--mean", "nan", "0", "0"), "--mean and --std are finite numbers"),
    ],
)  # fmt: skip
def test_flags_that_do_not_fit_are_refused(add, folder, tmp_path, flags, sentence):
    assert sentence in refusal(add(write(tmp_path / "mine.onnx"), *flags), folder)


@pytest.mark.parametrize("size", [-5, 15, 2049, 1_000_000])
def test_a_size_that_no_server_takes_is_refused_at_once(add, folder, tmp_path, size):
    file = write(tmp_path / "mine.onnx", shape=(1, 3, "height", "width"))

    sentence = refusal(add(file, *UNCHANGED, f"--size={size}"), folder)

    assert f"mine.onnx: a side is 16 to 2048 px, and not {size} [unusable_model]" in sentence


def test_a_preset_gives_mean_and_std_and_size_says_another_size(add, folder, tmp_path):
    file = write(tmp_path / "mine.onnx")

    assert add(file, "--preset", "isnet", "--size", "32", with_photos=None)[0] == 0
    card = cards.read(folder / "mine.onnx")
    assert (card["mean"], card["std"]) == ("0.5,0.5,0.5", "1.0,1.0,1.0")


def test_an_installed_cutout_keeps_added_models_in_its_cache(add, tmp_path, monkeypatch):
    monkeypatch.delenv("CUTOUT_MODELS")
    monkeypatch.setattr(installation, "is_distribution", lambda: True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert add(write(tmp_path / "mine.onnx"), *UNCHANGED, with_photos=None)[0] == 0
    assert (tmp_path / "cutout/models/mine.onnx").exists()
    assert "mine" in engines.engine(Settings(threads=1)).model_names()


def test_the_page_on_models_has_the_presets_and_the_bounds():
    page = (Path(__file__).parents[2] / "docs/models.md").read_text()

    rows = re.findall(
        r"^\| `(\S+)` \| ([\d,]+) px \| (.+?) \| (.+?) \| `(.+?)`", page, re.MULTILINE
    )
    shown = {name: (int(size.replace(",", "")), *map(numbers, (mean, std)), f"rembg/{source}")
             for name, size, mean, std, source in rows}  # fmt: skip
    assert shown == {
        name: (one.size, [*one.mean], [*one.std], one.source) for name, one in PRESETS.items()
    }
    assert f"more than {MOST_MAE} in MAE or more than {1 - LEAST_IOU:.2f} in IoU" in page
    assert f"fewer than {LEAST_PHOTOS} photos" in page


def numbers(text):
    return [float(word) for word in text.split()]


def test_a_damaged_or_missing_file_has_no_card(tmp_path):
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 100)

    assert cards.read(tmp_path / "junk.onnx") == {}
    assert cards.read(tmp_path / "nowhere.onnx") == {}


def test_the_list_has_added_models(add, folder, tmp_path, capsys):
    add(write(tmp_path / "mine.onnx"), *UNCHANGED, with_photos=None)

    assert main(["models", "list"]) == 0
    assert re.search(rf"^mine +own +0\.0 MB  {folder}/mine\.onnx$", capsys.readouterr().out, re.M)


def test_a_folder_of_models_that_is_not_there_is_refused_and_not_made(add, folder, tmp_path):
    folder.rmdir()

    status, _, err = add(write(tmp_path / "mine.onnx"), *UNCHANGED)

    assert status == 1
    assert f"CUTOUT_MODELS: there is no folder {folder} [invalid_setting]" in err
    assert not folder.exists()
