"""ONNX graphs written node by node from PyTorch weights, so that no exporter's taste gets in."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .backbone import DEEP_BEGINS, STAGE6_BEGINS, STAGE7_BEGINS, Block, Convolution, Lite2

OPSET = 17


class Graph:
    """Collects nodes and constants; every method returns the name of what it computed."""

    def __init__(self, name: str, half_constants: bool = False):
        self.name, self.half = name, half_constants
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []
        self.count = 0

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, name: str, shape) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def output(self, value: str, name: str, shape) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))

    def constant(self, values, stem: str = "constant") -> str:
        """A float constant; large ones are stored as float16 and cast back when asked for."""
        array = np.asarray(values)
        if array.dtype != np.int64:
            array = array.astype(np.float32)
        name = self.fresh(stem)
        if self.half and array.dtype == np.float32 and array.size > 4096:
            self.constants.append(numpy_helper.from_array(array.astype(np.float16), name))
            return self.node("Cast", [name], to=TensorProto.FLOAT)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operation: str, inputs, **attributes) -> str:
        out = self.fresh(operation.lower())
        self.nodes.append(helper.make_node(operation, list(inputs), [out], **attributes))
        return out

    def linear(self, x: str, weight, bias) -> str:
        """x [n, in] -> [n, out] with a PyTorch-shaped weight [out, in]."""
        product = self.node("MatMul", [x, self.constant(np.asarray(weight).T, "weight")])
        return self.node("Add", [product, self.constant(bias, "bias")])

    def convolution(self, x: str, layer: Convolution) -> str:
        weight = self.constant(layer.weight.detach().numpy(), "weight")
        bias = self.constant(layer.bias.detach().numpy(), "bias")
        out = self.node("Conv", [x, weight, bias], auto_pad="SAME_UPPER", group=layer.groups,
                        strides=[layer.stride] * 2, kernel_shape=list(layer.weight.shape[2:]))
        return self.node("Clip", [out, self.constant(0.0), self.constant(6.0)]) if layer.relu6 else out

    def block(self, x: str, block: Block) -> str:
        y = self.convolution(x, block.expand) if block.expand is not None else x
        y = self.convolution(self.convolution(y, block.depthwise), block.project)
        return self.node("Add", [x, y]) if block.adds_input else y

    def average(self, x: str) -> str:
        """[n, c, h, w] -> [n, c]."""
        return self.node("ReduceMean", [x], axes=[2, 3], keepdims=0)

    def save(self, path: Path) -> None:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, producer_name="vitrine",
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString())


def save_backbone(net: Lite2, path: Path) -> None:
    """The whole backbone; input `picture`, outputs as in features.BACKBONE_OUTPUTS."""
    graph = Graph("lite2")
    x = graph.convolution(graph.input("picture", ["n", 3, 260, 260]), net.stem)
    for block in net.blocks[:STAGE6_BEGINS]:
        x = graph.block(x, block)
    graph.output(graph.average(x), "stage5_mean", ["n", 120])
    for block in net.blocks[STAGE6_BEGINS:STAGE7_BEGINS]:
        x = graph.block(x, block)
    graph.output(x, "stage6", ["n", 208, 9, 9])
    for block in net.blocks[STAGE7_BEGINS:]:
        x = graph.block(x, block)
    embedding = graph.average(graph.convolution(x, net.last))
    graph.output(embedding, "embedding", ["n", 1280])
    logits = graph.linear(embedding, net.classifier.weight.detach().numpy(),
                          net.classifier.bias.detach().numpy())
    graph.output(logits, "logits", ["n", 1000])
    graph.save(path)


def save_trunk(net: Lite2, path: Path) -> None:
    """The part before a deep tail; input `picture`, output `block15`."""
    graph = Graph("trunk")
    x = graph.convolution(graph.input("picture", ["n", 3, 260, 260]), net.stem)
    for block in net.blocks[:DEEP_BEGINS]:
        x = graph.block(x, block)
    graph.output(x, "block15", ["n", 208, 9, 9])
    graph.save(path)
