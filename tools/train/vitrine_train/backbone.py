"""EfficientNet-Lite2 in PyTorch, built straight from the published .pth with batch norms folded in.

This is the reference that the C++ backbone is compared with. It is never needed at run time.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

EPSILON = 1e-3
STAGE_REPEATS = (1, 3, 3, 4, 4, 5, 1)
STAGE_KERNELS = (3, 3, 5, 3, 5, 5, 3)
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
STAGE6_BEGINS = sum(STAGE_REPEATS[:5])
"""Blocks 0..14 end with 120 channels at 17x17."""

DEEP_BEGINS = STAGE6_BEGINS + 1
"""Block 15 brings the map to 208 channels at 9x9, called `block15`; a deep tail begins after it."""

STAGE7_BEGINS = sum(STAGE_REPEATS[:6])
"""Blocks 0..19 end with 208 channels at 9x9, the feature map called `stage6`."""


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: the odd pixel goes right and below."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Convolution(nn.Module):
    """Convolution with folded batch norm, SAME padding and an optional ReLU6."""

    def __init__(self, weight, bias, stride: int = 1, groups: int = 1, relu6: bool = True):
        super().__init__()
        self.weight = nn.Parameter(weight.contiguous().clone())
        self.bias = nn.Parameter(bias.clone())
        self.stride, self.groups, self.relu6 = stride, groups, relu6

    def forward(self, x):
        kernel = self.weight.shape[-1]
        if kernel > 1:
            top, bottom = same_padding(x.shape[-2], kernel, self.stride)
            left, right = same_padding(x.shape[-1], kernel, self.stride)
            if top == bottom and left == right:
                padding = (top, left)
            else:
                x, padding = functional.pad(x, (left, right, top, bottom)), 0
        else:
            padding = 0
        x = functional.conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)
        return functional.relu6(x) if self.relu6 else x


class Block(nn.Module):
    """Inverted residual: expand 1x1, depthwise, project 1x1, plus the input where shapes agree."""

    def __init__(self, expand, depthwise, project):
        super().__init__()
        self.expand, self.depthwise, self.project = expand, depthwise, project
        into = (expand or depthwise).weight.shape[1 if expand else 0]
        self.adds_input = depthwise.stride == 1 and project.weight.shape[0] == into

    def forward(self, x):
        y = self.expand(x) if self.expand is not None else x
        y = self.project(self.depthwise(y))
        return x + y if self.adds_input else y


class Lite2(nn.Module):
    """The whole network: stem, 21 blocks, 1x1 to 1280, average, 1000 logits."""

    def __init__(self, stem, blocks, last, classifier):
        super().__init__()
        self.stem, self.blocks, self.last = stem, nn.ModuleList(blocks), last
        self.classifier = classifier

    def block15(self, x):
        """[n, 3, 260, 260] -> [n, 208, 9, 9]: the output of block 15 (counted from 0)."""
        x = self.stem(x)
        for block in self.blocks[:DEEP_BEGINS]:
            x = block(x)
        return x

    def stage6(self, x):
        """`block15` -> [n, 208, 9, 9]: the output of block 19."""
        for block in self.blocks[DEEP_BEGINS:STAGE7_BEGINS]:
            x = block(x)
        return x

    def tail(self, x):
        """`stage6` -> embedding [n, 1280]."""
        for block in self.blocks[STAGE7_BEGINS:]:
            x = block(x)
        return self.last(x).mean((2, 3))

    def forward(self, x):
        embedding = self.tail(self.stage6(self.block15(x)))
        return embedding, self.classifier(embedding)


@dataclass(frozen=True)
class Weights:
    """The state dict, read through each tensor's strides (many are permuted from TensorFlow)."""

    state: dict

    def folded(self, convolution: str, norm: str):
        """Weight and bias of that convolution with its batch norm multiplied in."""
        weight = self.state[convolution + ".weight"].double()
        scale = self.state[norm + ".weight"].double() / torch.sqrt(
            self.state[norm + ".running_var"].double() + EPSILON)
        bias = self.state[norm + ".bias"].double() - self.state[norm + ".running_mean"].double() * scale
        return (weight * scale.reshape(-1, 1, 1, 1)).float(), bias.float()


def load(path: Path) -> Lite2:
    """The network from `efficientnet-lite2-9656183e.pth`, in evaluation mode."""
    weights = Weights(torch.load(path, map_location="cpu", weights_only=True))
    stem = Convolution(*weights.folded("_conv_stem", "_bn0"), stride=2)
    blocks, index = [], 0
    for repeats, kernel, stride in zip(STAGE_REPEATS, STAGE_KERNELS, STAGE_STRIDES):
        for repeat in range(repeats):
            name = f"_blocks.{index}."
            expands = name + "_expand_conv.weight" in weights.state
            expand = Convolution(*weights.folded(name + "_expand_conv", name + "_bn0")) if expands else None
            depth_weight, depth_bias = weights.folded(name + "_depthwise_conv", name + "_bn1")
            assert depth_weight.shape[-1] == kernel
            depthwise = Convolution(depth_weight, depth_bias, stride if repeat == 0 else 1,
                                    groups=depth_weight.shape[0])
            project = Convolution(*weights.folded(name + "_project_conv", name + "_bn2"), relu6=False)
            blocks.append(Block(expand, depthwise, project))
            index += 1
    classifier = nn.Linear(1280, 1000)
    with torch.no_grad():
        classifier.weight.copy_(weights.state["_fc.weight"])
        classifier.bias.copy_(weights.state["_fc.bias"])
    return Lite2(stem, blocks, Convolution(*weights.folded("_conv_head", "_bn1")), classifier).eval()
