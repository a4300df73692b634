"""Quantization on weights and networks made by tests; tests/model has the real networks."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from cutout.core import saliency
from cutout.engine.session import Session
from cutout.models import calibrate, cards, catalogue, graph, layout, quantize, rounding, side_maps
from cutout.models.photos import read_square

pytestmark = pytest.mark.slow

SIDE = 16
RNG = np.random.default_rng(3)
SHAPES = [(8, 3, 3, 3), (4, 16, 3, 3), (5, 64, 1, 1), (1, 2, 3, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_pair_of_multiplied_weights_can_saturate(shape):
    integers, _ = rounding.round_weights(RNG.normal(size=shape).astype(np.float32))

    assert np.abs(integers).max() <= 127
    assert rounding.pair_sums(integers).max() <= 128
    assert (integers == np.round(integers)).all()


def test_pairs_are_neighbouring_channels_of_one_tap():
    weights = np.zeros((1, 4, 2, 2))
    weights[0, :, 0, 0] = [100, 20, 90, -5]
    weights[0, :, 1, 1] = [1, 1, 60, 61]

    assert rounding.pair_sums(weights) == [121]


def test_with_an_odd_number_of_channels_any_two_weights_may_pair():
    weights = np.zeros((1, 3, 1, 2))
    weights[0, 0, 0, 0], weights[0, 2, 0, 1] = 100, -50

    assert rounding.pair_sums(weights) == [150]


@pytest.mark.parametrize("shape", SHAPES)
def test_rounding_errors_cancel_within_each_kernel_and_filter(shape):
    weights = RNG.normal(size=shape).astype(np.float32)

    integers, scale = rounding.round_weights(weights)

    error = weights / scale[:, None, None, None] - integers
    assert np.abs(error).max() <= 1.5
    assert np.abs(error.sum((2, 3))).max() <= 1.5
    assert np.abs(error.sum((1, 2, 3))).max() <= 1


def test_zero_weights_stay_zero():
    integers, scale = rounding.round_weights(np.zeros((2, 4, 3, 3), np.float32))

    assert not integers.any()
    assert (scale > 0).all()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A small U2-Net: two outputs, the first of which fuses six one-channel maps."""

    def tensor(name, *shape):
        return numpy_helper.from_array((RNG.normal(size=shape) / 3).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["input.1", "w0"], ["a"], "conv0", pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["b"], "relu0"),
        helper.make_node("MaxPool", ["b"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p", "w1"], ["c"], "conv1", pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["d"], "relu1"),
        helper.make_node("Shape", ["b"], ["shape"], "shape"),
        helper.make_node(
            "Resize", ["d", "none", "none", "shape"], ["e"], "up", mode="linear",
            coordinate_transformation_mode="pytorch_half_pixel",
        ),
        helper.make_node("Add", ["b", "e"], ["f"], "add"),
        *(helper.make_node("Conv", ["f", f"s{i}"], [f"side{i}"], f"side{i}") for i in range(6)),
        helper.make_node("Concat", [f"side{i}" for i in range(6)], ["g"], "concat", axis=1),
        helper.make_node("Conv", ["g", "fuse"], ["h"], "fuse"),
        helper.make_node("Sigmoid", ["h"], ["1959"], "sigmoid"),
        helper.make_node("Sigmoid", ["side0"], ["1960"], "dead"),
    ]  # fmt: skip
    weights = [tensor("w0", 8, 3, 3, 3), tensor("w1", 8, 8, 3, 3), tensor("fuse", 1, 6, 1, 1)]
    weights += [tensor(f"s{i}", 1, 8, 1, 1) for i in range(6)]
    weights.append(numpy_helper.from_array(np.array([], np.float32), "none"))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        for name, channels in (("input.1", 3), ("1959", 1), ("1960", 1))
    ]
    model = helper.make_graph(nodes, "small", ends[:1], ends[1:], weights)
    opset = helper.make_opsetid("", 11)
    path = tmp_path_factory.mktemp("original") / "small.onnx"
    onnx.save(helper.make_model(model, opset_imports=[opset], ir_version=6), path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for index in range(6):
        picture = Image.fromarray(RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8))
        picture.resize((70, 50)).save(folder / f"{index}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def entry():
    from dataclasses import replace

    return replace(catalogue.load()[0], size=SIDE)


def run(model, image):
    session = ort.InferenceSession(
        model if isinstance(model, bytes) else str(model), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: image})[0]


def test_preparing_the_graph_changes_no_bit_of_the_first_output(original):
    image = RNG.normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)

    prepared = graph.prepare(original).model()

    assert np.array_equal(run(prepared.SerializeToString(), image), run(original, image))
    assert [output.name for output in prepared.graph.output] == ["saliency"]
    assert {"Shape", "dead"}.isdisjoint({n.op_type for n in prepared.graph.node}
                                        | {n.name for n in prepared.graph.node})  # fmt: skip


def test_weights_have_a_deterministic_order(original):
    weights = graph.prepare(original).weights

    assert list(weights) == sorted(weights)


def test_the_tail_is_the_part_that_fuses_the_side_maps(original):
    tail = set(side_maps.tail(graph.prepare(original)))

    assert tail == {"sigmoid", "fuse", "concat", *(f"side{i}" for i in range(6))}


def tensors(photos, entry):
    squares = (read_square(photo, entry.size) for photo in photos)
    return [saliency.to_tensor(square, np.array(entry.mean), np.array(entry.std))
            for square in squares]  # fmt: skip


def ranges_on(photos, network, entry):
    model, inputs = network.model(), tensors(photos, entry)
    return calibrate.ranges(model, inputs, calibrate.extremes(model, inputs))


def test_every_quantized_tensor_has_a_range_measured_on_photos(original, entry, photos):
    found = ranges_on(photos, graph.prepare(original), entry)

    assert {"image", "b", "d", "f"} <= set(found)
    assert "p" not in found  # a MaxPool takes its input's
    assert all(low <= 0 <= high for low, high in found.values())
    assert found["b"][0] == 0  # after a Relu


def test_a_rare_peak_is_clipped_to_round_common_values_less():
    counts = np.zeros(4096)
    counts[:41] = 10_000  # up to 1
    counts[-1] = 1  # and one at 100

    low, high = calibrate.narrowed(counts, 0.0, 100.0)

    # 410,000 (high / 255)^2 / 12 + (100 - high)^2 is least at 65.6
    assert low == 0
    assert high == pytest.approx(65.6, rel=0.03)


def test_common_values_are_not_clipped():
    assert calibrate.narrowed(np.ones(4096), -50.0, 100.0) == (-50, 100)


def test_a_tensor_of_zeros_has_a_range_of_0():
    assert calibrate.narrowed(np.eye(1, 4096)[0], 0.0, 0.0) == (0, 0)


def test_stored_ranges_are_read_back(original, entry, photos, tmp_path):
    ranges = ranges_on(photos, graph.prepare(original), entry)

    catalogue.write_json(ranges, tmp_path / "ranges.json")

    read = catalogue.read_json(tmp_path / "ranges.json")
    assert read == {name: [low, high] for name, (low, high) in ranges.items()}


@pytest.fixture(scope="module")
def quantized(original, entry, photos):
    prepared = graph.prepare(original)
    return quantize.quantize(prepared, ranges_on(photos, prepared, entry), ["conv1"])


def test_the_int8_network_agrees_with_the_original(original, quantized, entry, photos, tmp_path):
    small = entry.__class__(**vars(entry) | {"name": "small"})
    cards.write(quantized, cards.from_entry(small), tmp_path / "small.onnx")
    session = Session(tmp_path / "small.onnx", threads=1)
    picture = Image.open(photos[0])

    (tensor,) = tensors(photos[:1], entry)

    assert session.card.name == "small"
    assert np.abs(session.predict(picture) - run(original, tensor)[0, 0]).max() < 0.05


def test_excluded_nodes_stay_fp32_and_all_others_become_int8(quantized):
    from_int8 = {
        name for node in quantized.graph.node if node.op_type == "DequantizeLinear"
        for name in node.output
    }  # fmt: skip
    weights = {n.name: n.input[1] for n in quantized.graph.node if n.op_type.startswith("Conv")}

    assert weights["conv0"] in from_int8
    assert {weights["conv1"], weights["side0"], weights["fuse"]}.isdisjoint(from_int8)


def test_excluding_an_unknown_node_is_an_error(original, entry, photos):
    prepared = graph.prepare(original)

    with pytest.raises(ValueError, match="conv9"):
        quantize.quantize(prepared, ranges_on(photos, prepared, entry), ["conv9"])


def test_the_same_input_builds_the_same_bytes(original, entry, photos, tmp_path):
    built = []
    for index in range(2):
        prepared = graph.prepare(original)
        model = quantize.quantize(prepared, ranges_on(photos, prepared, entry), [])
        cards.write(model, cards.from_entry(entry), tmp_path / f"{index}.onnx")
        built.append((tmp_path / f"{index}.onnx").read_bytes())

    assert built[0] == built[1]


def test_heads_equal_transposed_convolutions():
    weights = {"kernel": RNG.normal(size=(1, 8, 3, 3)).astype(np.float32)}
    node = helper.make_node("Conv", ["x", "kernel"], ["y"], pads=[1] * 4)
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        for name, channels in (("x", 8), ("y", 1))
    ]
    model = helper.make_model(
        helper.make_graph([node], "head", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )  # fmt: skip
    image = RNG.normal(size=(1, 8, SIDE, SIDE)).astype(np.float32)
    before = run(graph.Network(model, weights).model().SerializeToString(), image)

    side_maps.transpose_heads(model, weights)

    assert model.graph.node[0].op_type == "ConvTranspose"
    after = run(graph.Network(model, weights).model().SerializeToString(), image)
    assert after == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize("other", [{"strides": [2, 2]}, {"pads": [0] * 4}, {"auto_pad": "VALID"}])
def test_a_head_whose_map_has_another_size_stays_a_convolution(other):
    weights = {"kernel": RNG.normal(size=(1, 8, 3, 3)).astype(np.float32)}
    node = helper.make_node("Conv", ["x", "kernel"], ["y"], **{"pads": [1] * 4} | other)
    model = helper.make_model(helper.make_graph([node], "head", [], []))

    side_maps.transpose_heads(model, weights)

    assert model.graph.node[0].op_type == "Conv"
    assert weights["kernel"].shape == (1, 8, 3, 3)


def test_a_channel_is_silent_if_it_is_0_on_all_photos(original, entry, photos):
    prepared = graph.prepare(original).model()
    bias = numpy_helper.from_array(np.float32([0, 0, -9, 0, 0, -9, 0, 0]), "bias")
    prepared.graph.initializer.append(bias)
    next(node for node in prepared.graph.node if node.name == "conv0").input.append("bias")

    found = calibrate.silent(prepared, tensors(photos, entry))

    assert set(found["b"]) >= {2, 5}
    assert len(found["b"]) < 8


def test_fusing_removes_all_conversion_pairs_and_changes_no_bit(quantized):
    image = RNG.normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)

    fused = graph.fuse(quantized)

    assert "QLinearConv" in {node.op_type for node in fused.graph.node}
    assert len(fused.graph.node) < len(quantized.graph.node)
    assert np.array_equal(run(fused.SerializeToString(), image),
                          run(quantized.SerializeToString(), image))  # fmt: skip


def test_the_layout_gives_the_picture_four_channels_and_changes_no_bit(quantized):
    image = RNG.normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)
    model = onnx.ModelProto()
    model.CopyFrom(quantized)

    layout.optimize(model)

    kernels = [tensor.dims[:2] for tensor in model.graph.initializer if len(tensor.dims) == 4]
    assert any(channels == 4 for _, channels in kernels)
    assert not any(channels == 3 for _, channels in kernels)
    assert np.array_equal(run(graph.fuse(model).SerializeToString(), image),
                          run(quantized.SerializeToString(), image))  # fmt: skip


def test_a_picture_that_fp32_reads_keeps_three_channels(original, entry, photos):
    prepared = graph.prepare(original)
    model = quantize.quantize(prepared, ranges_on(photos, prepared, entry), ["conv0", "conv1"])

    layout.optimize(model)

    assert "Pad" not in {node.op_type for node in model.graph.node}
