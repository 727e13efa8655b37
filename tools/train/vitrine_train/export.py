"""Writes a head as ONNX with its JSON card, and checks the file against what training computed."""

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import openvino

from .clothing import Blend
from .graphs import Graph
from .linear import ROOT_OFFSET, SCALE, Linear
from .settings import TailPlan
from .tail import Tail


def prepared_in_graph(graph: Graph, inputs: list[str]) -> str:
    """The nodes of linear.prepared: square root, length 1, side by side."""
    parts = []
    for name in inputs:
        embedding = graph.input(name, [1, 1280])
        root = graph.node("Sqrt", [graph.node("Add", [embedding, graph.constant(ROOT_OFFSET)])])
        length = graph.node("ReduceL2", [root], axes=[1], keepdims=1)
        parts.append(graph.node("Mul", [graph.node("Div", [root, length]), graph.constant(SCALE)]))
    return graph.node("Concat", parts, axis=1)


def save_linear(path: Path, head: Linear, temperature: float, views: tuple[str, ...]) -> list[str]:
    """Those views' embeddings -> `logits` [1, classes], divided by the temperature; returns the inputs' names."""
    inputs = [f"embedding_{view}" for view in views]
    graph = Graph(path.stem, half_constants=True)
    x = prepared_in_graph(graph, inputs)
    logits = graph.linear(x, head.weight.numpy() / temperature, head.bias.numpy() / temperature)
    graph.output(logits, "logits", [1, len(head.bias)])
    graph.save(path)
    return inputs


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


def save_blend(path: Path, tails: list[tuple[TailPlan, Tail]], head: Linear, blend: Blend,
               views: tuple[str, ...]) -> list[str]:
    """The pool of the tails, each on every view, and of the linear head -> `logits`; returns the inputs' names.

    A tail takes its views as one batch, so that its weights are in the file once.
    """
    graph = Graph(path.stem, half_constants=True)
    embeddings = [f"embedding_{view}" for view in views]
    of_linear = graph.linear(prepared_in_graph(graph, embeddings), head.weight.numpy(), head.bias.numpy())
    parts, inputs = [weighted(graph, of_linear, [blend.shares["linear"]])], embeddings
    for plan, tuned in tails:
        maps = [f"{plan.map}_{view}" for view in plan.views]
        x = graph.node("Concat", [graph.input(name, [1, 208, 9, 9]) for name in maps], axis=0)
        for block in tuned.blocks:
            x = graph.block(x, block)
        of_tail = graph.linear(graph.average(graph.convolution(x, tuned.last)),
                               tuned.classifier.weight.detach().numpy(), tuned.classifier.bias.detach().numpy())
        parts.append(weighted(graph, of_tail, [blend.shares[f"{plan.name}_{view}"] for view in plan.views]))
        inputs = inputs + maps
    logits = parts[0]
    for part in (*parts[1:], graph.constant(blend.bias[None])):
        logits = graph.node("Add", [logits, part])
    graph.output(logits, "logits", [1, len(head.bias)])
    graph.save(path)
    return inputs


def weighted(graph: Graph, logits: str, shares: list[float]) -> str:
    """[views, classes] -> [1, classes]: the sum of share * log P."""
    scaled = graph.node("Mul", [graph.node("LogSoftmax", [logits], axis=1),
                                graph.constant(np.array(shares)[:, None])])
    return graph.node("ReduceSum", [scaled, graph.constant(np.array([0], np.int64))], keepdims=1)


def cost(heads: Path, backbone: Path, runs: int = 50) -> list[dict]:
    """Size and time of each model on this machine: processor time of some runs on one thread, batch 1."""
    core = openvino.Core()
    rows = []
    for path in (backbone, *sorted(heads.glob("*.onnx"))):
        compiled = core.compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"})
        feeds = {}
        for port in compiled.inputs:
            shape = [d.get_length() if d.is_static else 1 for d in port.get_partial_shape()]
            feeds[port.get_any_name()] = np.random.default_rng(0).random(shape, np.float32)
        times = []
        for _ in range(runs):
            begin = time.process_time()
            compiled(feeds)
            times.append(1000 * (time.process_time() - begin))
        rows.append({"model": path.name, "mb": round(path.stat().st_size / 1e6, 2),
                     "ms": round(float(np.median(times)), 2), "least_ms": round(min(times), 2)})
    return rows
