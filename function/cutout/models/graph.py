"""Prepares an original network for quantization: one output, constant shapes, a newer opset."""

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import (
    ModelProto,
    NodeProto,
    TensorProto,
    helper,
    numpy_helper,
    shape_inference,
    version_converter,
)

INPUT, OUTPUT = "image", "saliency"
OPSET = 17  # scales per channel need 13
IR_VERSION = 8  # the one that goes with opset 17


@dataclass(frozen=True)
class Network:
    """A graph without the kernels and biases of its convolutions, and these apart: 176 MB that
    passes over the graph neither read nor copy."""

    skeleton: ModelProto
    weights: dict[str, NDArray[np.float32]]

    def model(self) -> ModelProto:
        """Return the whole network in one message, as ONNX Runtime runs it."""
        model = ModelProto()
        model.CopyFrom(self.skeleton)
        constants = list(model.graph.initializer)
        del model.graph.initializer[:]
        model.graph.initializer.extend(
            numpy_helper.from_array(values, name) for name, values in self.weights.items()
        )
        model.graph.initializer.extend(constants)
        return model


def prepare(original: Path) -> Network:
    """Return a network with the original's first output, bit for bit, and with constant shapes."""
    model = onnx.load(original)
    del model.graph.output[1:]
    network = simplify(model)
    _resize_by_factors(network.skeleton)
    return network


def simplify(model: ModelProto) -> Network:
    """Return the network of a model with one output, with constant shapes and a newer opset. Its
    first input is the picture. Takes the weights out of the model."""
    _prune(model)
    names = {model.graph.input[0].name: INPUT, model.graph.output[0].name: OUTPUT}
    weights = _take_weights(model)
    model = _fold(model)
    if opset(model) < OPSET:
        model = version_converter.convert_version(model, OPSET)
    _rename(model, names)
    _normalise(model)
    model = shape_inference.infer_shapes(model, strict_mode=True)
    del model.graph.input[1:]
    return Network(model, weights)


def opset(model: ModelProto) -> int:
    """Return the version of ONNX's own operators that the model uses."""
    return next(int(one.version) for one in model.opset_import if one.domain in ("", "ai.onnx"))


def _prune(model: ModelProto) -> None:
    """Drop nodes that do not lead to the output: ONNX Runtime would keep the six side maps."""
    needed = {output.name for output in model.graph.output}
    kept: list[NodeProto] = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed.update(node.input)
    del model.graph.node[:]
    model.graph.node.extend(reversed(kept))


def _take_weights(model: ModelProto) -> dict[str, NDArray[np.float32]]:
    """Move the convolutions' weights out of the model, which gets inputs of their shapes instead.

    The weights are in the order of their names, so that nothing differs from build to build.
    """
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    names = {name for node in convolutions for name in node.input[1:] if name in tensors}
    weights = {name: numpy_helper.to_array(tensors[name]) for name in sorted(names)}
    constants = [tensor for name, tensor in tensors.items() if name not in weights]
    del model.graph.initializer[:], model.graph.input[1:]
    model.graph.initializer.extend(constants)
    model.graph.input.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape)
        for name, values in weights.items()
    )
    return weights


def _fold(model: ModelProto) -> ModelProto:
    """Replace shapes that are computed at run time by constants, with ONNX Runtime's basic pass."""
    return _optimize(model, ort.GraphOptimizationLevel.ORT_ENABLE_BASIC)


def fuse(model: ModelProto) -> ModelProto:
    """Return the graph after those of ONNX Runtime's passes that are the same on all processors,
    which would run at each start otherwise. Layouts suit one processor, and stay for the start."""
    return _optimize(model, ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)


def _optimize(model: ModelProto, level: ort.GraphOptimizationLevel) -> ModelProto:
    content = model.SerializeToString()
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < len(content):  # ONNX Runtime calls it invalid protobuf
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), folder)
        options = ort.SessionOptions()
        options.graph_optimization_level = level
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        options.log_severity_level = 3  # its warning to keep the file is not for us
        # The session predicts nothing: it needs no threads, and no weights laid out for them.
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.disable_prepacking", "1")
        ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def _rename(model: ModelProto, names: dict[str, str]) -> None:
    taken = {name for node in model.graph.node for name in node.output} & {INPUT, OUTPUT}
    names = {name: f"{name}_inner" for name in taken} | names
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for end in (*model.graph.input, *model.graph.output):
        end.name = names.get(end.name, end.name)


def _normalise(model: ModelProto) -> None:
    """Sort or remove everything that could differ from build to build."""
    constants = sorted(model.graph.initializer, key=lambda tensor: str(tensor.name))
    imports = [helper.make_opsetid("", opset(model))]
    del model.graph.initializer[:], model.graph.value_info[:]
    del model.opset_import[:], model.metadata_props[:]
    model.graph.initializer.extend(constants)
    model.opset_import.extend(imports)
    model.ir_version = max(IR_VERSION, helper.find_min_ir_version_for(imports))
    model.producer_name, model.producer_version = "", ""


def _resize_by_factors(model: ModelProto) -> None:
    """Resize by factors instead of to sizes: a size would also fix the number of channels, which
    pruning changes."""
    ends = (*model.graph.input, *model.graph.value_info)
    heights = {end.name: end.type.tensor_type.shape.dim[2].dim_value for end in ends
               if len(end.type.tensor_type.shape.dim) == 4}  # fmt: skip
    for node in model.graph.node:
        if node.op_type == "Resize":
            factor = heights[node.output[0]] / heights[node.input[0]]
            name = f"times_{factor:g}"
            if name not in {tensor.name for tensor in model.graph.initializer}:
                factors = np.array([1, 1, factor, factor], np.float32)
                model.graph.initializer.append(numpy_helper.from_array(factors, name))
            node.input[1:] = ["", name]
    used = {name for node in model.graph.node for name in node.input}
    left = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(left)
