"""The few photos with known answers that the C++ tests compare themselves with."""

import json
import shutil
from pathlib import Path

import numpy as np
import openvino
import torch

from . import views
from .backbone import Lite2

PHOTOS = ("00003aeb-ace5-43bf-9a0c-dc31a03e9cd2", "000d31f6-44b5-4758-8d86-c4fcfb234392",
          "001068a8-86c3-4029-a9d9-1e27015e7e64")
HEADS = ("kind", "clothing_category", "grocery_product")


def write(net: Lite2, heads: Path, data: Path) -> None:
    """Fills heads/testdata from the PyTorch reference and the finished heads."""
    target = heads / "testdata"
    target.mkdir(exist_ok=True)
    shutil.copyfile(data / "clothing" / "LICENSE", target / "LICENSE")
    core = openvino.Core()
    compiled = {name: core.compile_model(heads / f"{name}.onnx", "CPU") for name in HEADS}
    cases = []
    for photo in PHOTOS:
        source = data / "clothing" / "images" / f"{photo}.jpg"
        shutil.copyfile(source, target / source.name)
        pixels = views.read_photo(source)
        with torch.inference_mode():
            x = torch.from_numpy(views.normalised(np.stack([views.view(pixels, v) for v in views.VIEWS])))
            block15 = net.block15(x)
            stage6 = net.stage6(block15)
            embedding = net.tail(stage6)
            logits = net.classifier(embedding)
        feeds = {f"{output}_{view}": values[i:i + 1].numpy() for i, view in enumerate(views.VIEWS)
                 for output, values in (("embedding", embedding), ("stage6", stage6), ("block15", block15))}
        case = {"photo": source.name, "views": {}, "heads": {}}
        for i, view in enumerate(views.VIEWS):
            case["views"][view] = {
                "embedding_first_16": rounded(embedding[i, :16]),
                "embedding_length": round(float(embedding[i].norm()), 5),
                "block15_first_16": rounded(block15[i].flatten()[:16]),
                "stage6_first_16": rounded(stage6[i].flatten()[:16]),
                "imagenet_best_class": int(logits[i].argmax()),
                "imagenet_best_logit": round(float(logits[i].max()), 4),
            }
        for name, head in compiled.items():
            names = [port.get_any_name() for port in head.inputs]
            case["heads"][name] = {"logits": rounded(head({n: feeds[n] for n in names})["logits"][0])}
        cases.append(case)
    text = {"note": "PyTorch float32 reference. Tolerance: embeddings 2e-2 absolute (JPEG decoders and resizes "
                    "differ by a grey level), head probabilities 3e-2.", "cases": cases}
    (target / "expected.json").write_text(json.dumps(text, indent=1) + "\n")


def rounded(values) -> list[float]:
    return [round(float(v), 5) for v in np.asarray(values)]
