"""Writes a head as ONNX with its JSON card, and checks the file against what training computed."""

import hashlib
import json
from pathlib import Path

import numpy as np
import openvino

from .graphs import Graph
from .linear import ROOT_OFFSET, SCALE, Linear


def prepared_in_graph(graph: Graph, inputs: list[str]) -> str:
    """The nodes of linear.prepared: square root, length 1, side by side."""
    parts = []
    for name in inputs:
        embedding = graph.input(name, [1, 1280])
        root = graph.node("Sqrt", [graph.node("Add", [embedding, graph.constant(ROOT_OFFSET)])])
        length = graph.node("ReduceL2", [root], axes=[1], keepdims=1)
        parts.append(graph.node("Mul", [graph.node("Div", [root, length]), graph.constant(SCALE)]))
    return graph.node("Concat", parts, axis=1)


def save_linear(path: Path, head: Linear, temperature: float, inputs: list[str]) -> None:
    """`inputs` -> `logits` [1, classes], already divided by the temperature."""
    graph = Graph(path.stem, half_constants=True)
    x = prepared_in_graph(graph, inputs)
    logits = graph.linear(x, head.weight.numpy() / temperature, head.bias.numpy() / temperature)
    graph.output(logits, "logits", [1, len(head.bias)])
    graph.save(path)


def run(path: Path, rows: dict[str, np.ndarray]) -> np.ndarray:
    """The saved head's logits, row by row, by OpenVINO: what the C++ program will compute."""
    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": 1})
    count = len(next(iter(rows.values())))
    return np.concatenate([compiled({name: values[i:i + 1] for name, values in rows.items()})["logits"]
                           for i in range(count)])


def save_card(path: Path, card: dict) -> None:
    """The JSON beside an ONNX file; adds the file's SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps({**card, "sha256": digest}, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n")
