"""Trains, judges and exports every head, and writes the report. See README.md."""

import argparse
import datetime
import json
from pathlib import Path

import torch

from vitrine_train import clothing, export, fixture, groceries, kind, report, settings
from vitrine_train.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "train",
                        help="downloads, features and trained parts; a second run takes up what is there")
    parser.add_argument("--heads", type=Path, default=ROOT / "models" / "heads")
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "reports" / "training.md")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def trained(data: str, split: str, figures: dict) -> dict:
    return {"data": data, "split": split, "seed": settings.SEED,
            "date": datetime.date.today().isoformat(), "figures": figures}


def card(name: str, labels: list[str], threshold: float, inputs: list[str], **more) -> dict:
    return {"name": name, "version": settings.VERSION, "labels": labels, "threshold": threshold,
            "inputs": inputs, **more}


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    workspace = Workspace(options.data, options.work, options.heads)
    options.heads.mkdir(parents=True, exist_ok=True)

    clothes = clothing.train(workspace)
    path = options.heads / "clothing_category.onnx"
    tails = [(plan, clothes.tails[plan.name]) for plan in settings.CLOTHING_TAILS]
    inputs = export.save_blend(path, tails, clothes.linear, clothes.blend, settings.HEAD_VIEWS)
    export.save_card(path, card(
        "clothing_category", clothes.classes, clothes.threshold, inputs,
        trained=trained("clothing photos, CC0; the shipped head saw all of them",
                        f"figures are out of fold: folds {settings.TAIL_FOLDS} of {settings.FOLDS} by sender_id", clothes.results["chosen"])))

    products = groceries.train(workspace)
    path = options.heads / "grocery_product.onnx"
    inputs = export.save_linear(path, products.linear, products.temperature, settings.HEAD_VIEWS)
    export.save_card(path, card(
        "grocery_product", products.classes, products.threshold, inputs, coarse=products.coarse,
        trained=trained("grocery photos, MIT; train.txt only", "judged and calibrated on val.txt",
                        products.results["chosen"])))

    gate = kind.train(workspace)
    path = options.heads / "kind.onnx"
    inputs = export.save_linear(path, gate.linear, gate.temperature, settings.HEAD_VIEWS)
    figures = {name: value for name, value in gate.results.items() if isinstance(value, float)}
    export.save_card(path, card(
        "kind", kind.KINDS, gate.threshold, inputs,
        trained=trained("both collections, and strangers from Debian packages and scikit-image",
                        f"{settings.KIND_FOLDS} folds by sender and package; strangers held out by package", figures)))

    fixture.write(workspace.network(), options.heads, options.data)
    results = {"clothing": clothes.results, "groceries": products.results, "kind": gate.results,
               "cost": export.cost(options.heads, workspace.work / "lite2.onnx")}
    (options.work / "results.json").write_text(json.dumps(results, indent=1))
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(report.render(results))


if __name__ == "__main__":
    main()
