#!/usr/bin/env python3
# requires: torch==2.15.0 torchvision==0.29.2 safetensors==0.8.0 numpy==2.4.6
"""Losses and gradients of five training steps of every network by PyTorch in float64, and how far its own float32 is from them.

A gradient is no continuous function of the weights: where an activation lies at ReLU's kink, or two pixels of a maximum pool are
all but equal, float32 and float64 take different sides, in PyTorch too. So the shifts in front of each activation are moved until
no kink is near, and the images are those, of some, that have no near tie in a pool. What then differs is rounding.

Writes train-gradients.safetensors: for each network and part
  columns [step], where the images are cut; shifts/NAME [channel], what is added to the formula's tensor of that name;
  losses [step]; sketches [step, tensor, 64] of each gradient (see sketch), norms [step, tensor];
  float32 [step, tensor], ||g32 - g64|| / ||g64|| of PyTorch's float32 from the same weights.
The tensors' names are metadata. VGG-16's inner dense layers have 64 outputs, or they would be nine tenths of the work.

Usage: python train-gradients.py [NETWORK ...]
"""
import copy
import json
import pathlib
import sys

import numpy as np
import torch
from formula import formula_tensor, uniform
from networks import HEADS, TAILS, freeze, images, network, targets
from safetensors import safe_open
from safetensors.numpy import save_file
from torch.nn import functional

STEPS, BUCKETS, RATE = 5, 64, 1e-7
COLUMNS = [12 * k for k in range(16)]  # where images may be cut
# With random weights in fifty layers rounding grows to 1e-4 and more, from run to run; in PyTorch's float32 to 6e-5.
ONLY_LAST_BLOCK = ("resnet50",)
# So many of VGG-16's columns have no tie in its five pools within float32's rounding; its later steps see the first of them again.
FEWER_COLUMNS = {("vgg16", "all"): 3}
SHIFTS = torch.arange(-32, 33).double() / 64
ACTIVATIONS = (torch.nn.ReLU, torch.nn.ReLU6)


def slim(model):
    """VGG's inner dense layers with 64 outputs."""
    if not hasattr(model, "classifier") or len(model.classifier) < 7:
        return model
    for index, size in ((0, (25088, 64)), (3, (64, 64)), (6, (64, 2))):
        model.classifier[index] = torch.nn.Linear(*size)
        for kind, value in model.classifier[index].named_parameters():
            value.data = formula_tensor(f"classifier.{index}.{kind}", tuple(value.shape))
    return model


def quiet(model):
    """Linear residual branches an eighth as loud: random weights in so many layers would multiply float32's rounding."""
    for module in model.modules():
        if getattr(module, "use_res_connect", getattr(module, "adds", False)):
            norm = [child for child in module.modules() if isinstance(child, torch.nn.BatchNorm2d)][-1]
            norm.weight.data *= 0.125
    return model


class Chooser:
    """
    Runs a network over the images of all columns at once and, at each activation, adds to every channel the shift that keeps the
    kinks farthest away; the shift belongs to the bias of the layer before. Remembers the nearest kink, and each column's nearest
    tie in a pool.
    """

    def __init__(self, model, first):
        self.shifts, self.last, self.started = {}, "", first == ""
        self.kink, self.ties = float("inf"), torch.full((len(COLUMNS),), float("inf"), dtype=torch.float64)
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.forward = lambda x, module=module: self.normalise(module, x)
            if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.Conv2d, torch.nn.Linear)):
                module.register_forward_hook(lambda _m, _x, _y, name=name: self.passed(name, first))
            if isinstance(module, ACTIVATIONS):
                module.register_forward_pre_hook(self.choose)
            if isinstance(module, torch.nn.MaxPool2d):
                module.register_forward_pre_hook(self.pool)

    def passed(self, name, first):
        self.last, self.started = name, self.started or (name + ".").startswith(first)

    def normalise(self, module, x):
        if not module.training:
            return functional.batch_norm(x, module.running_mean, module.running_var, module.weight, module.bias, eps=module.eps)
        parts = [functional.batch_norm(part, None, None, module.weight, module.bias, True, eps=module.eps) for part in x.chunk(len(COLUMNS))]
        return torch.cat(parts)

    def choose(self, activation, inputs):
        (x,) = inputs
        if not self.started:
            return None
        kinks = [0.0, 6.0] if isinstance(activation, torch.nn.ReLU6) else [0.0]
        scale = 2.0 ** torch.log2(x.std()).round().item()
        channels = x.transpose(0, 1).flatten(1)
        margins = [torch.stack([(channels + shift - kink).abs().amin(1) for kink in kinks]).amin(0) for shift in SHIFTS * scale]
        margin, place = torch.stack(margins).max(0)
        shift = (SHIFTS * scale)[place]
        self.shifts[f"{self.last}.bias"] = shift
        self.kink = min(self.kink, margin.min().item() / scale)
        return (x + shift.reshape(-1, *[1] * (x.dim() - 2)),)

    def pool(self, pool, inputs):
        (x,) = inputs
        if not self.started:
            return
        windows = functional.unfold(x.reshape(-1, 1, *x.shape[2:]), pool.kernel_size, padding=pool.padding, stride=pool.stride)
        most, second = windows.topk(2, dim=1).values.unbind(1)
        gaps = torch.where(most > 0, most - second, torch.inf) / x.std()
        self.ties = torch.minimum(self.ties, gaps.reshape(len(COLUMNS), -1).amin(1))


def steady_start(backbone, part):
    """A network whose kinks and ties are far away, with its columns and shifts."""
    weights = lambda: quiet(slim(network(backbone, formula_tensor)))
    model = weights().double()
    freeze(model, backbone, part)
    chooser = Chooser(model, "" if part == "all" else TAILS[backbone][0])
    with torch.no_grad():
        model(torch.cat([images(backbone, column) for column in COLUMNS]))
    ties, places = chooser.ties.topk(STEPS)
    print(backbone, part, f"nearest kink {chooser.kink:.1e}, tie {ties.min():.1e}", flush=True)
    model = weights()
    with torch.no_grad():
        for name, shift in chooser.shifts.items():
            model.get_parameter(name).add_(shift.float())
    count = FEWER_COLUMNS.get((backbone, part), STEPS)
    columns = [COLUMNS[places[step % count]] for step in range(STEPS)]
    return model, columns, {name: shift.half().numpy() for name, shift in chooser.shifts.items()}


def sketch(name, gradient):
    """
    Sums of the elements, each with a sign, in 64 buckets; both follow the formula of the weights. The squares of a sketch's sums
    add up to the square of the tensor's norm on average, and the sketch of a difference is the difference of sketches.
    """
    drawn = np.floor((uniform(f"sketch {name}", gradient.numel()) + 1) * BUCKETS).astype(np.int64)
    signed = gradient.flatten().numpy() * np.where(drawn % 2 == 0, 1.0, -1.0)
    return np.bincount(drawn // 2, weights=signed, minlength=BUCKETS)


def gradients(model, backbone, part, column, step):
    moving = freeze(model, backbone, part)
    dtype = next(iter(moving.values())).dtype
    loss = functional.binary_cross_entropy_with_logits(model(images(backbone, column).to(dtype)), targets(step).to(dtype))
    for parameter in moving.values():
        parameter.grad = None
    loss.backward()
    return loss.item(), moving


def case(backbone, part):
    model, columns, shifts = steady_start(backbone, part)
    model = model.double()
    optimizer = torch.optim.Adam(freeze(model, backbone, part).values(), lr=RATE)
    rows = {"losses": [], "sketches": [], "norms": [], "float32": []}
    for step, column in enumerate(columns):
        _, single = gradients(copy.deepcopy(model).float(), backbone, part, column, step)
        loss, moving = gradients(model, backbone, part, column, step)
        rows["losses"].append(loss)
        rows["sketches"].append([sketch(name, p.grad) for name, p in moving.items()])
        rows["norms"].append([p.grad.norm().item() for p in moving.values()])
        errors = [((single[name].grad.double() - p.grad).norm() / p.grad.norm()).item() for name, p in moving.items()]
        rows["float32"].append(errors)
        norms = rows["norms"][-1]
        real = [(error, name) for error, name, norm in zip(errors, moving, norms) if norm > 1e-9 * max(norms)]
        print(" ", step, loss, "largest float32 error of a gradient", max(real), flush=True)
        optimizer.step()
    arrays = {name: np.array(values, np.float32) for name, values in rows.items()}
    arrays |= {"columns": np.array(columns, np.float32)} | {f"shifts/{name}": shift for name, shift in shifts.items()}
    return {f"{backbone}-{part}/{name}": value for name, value in arrays.items()}, list(moving)


def main(names):
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    tensors, metadata = {}, {}
    if names and path.exists():
        with safe_open(path, "numpy") as file:
            tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    for backbone in names or HEADS:
        tensors = {name: value for name, value in tensors.items() if not name.startswith(f"{backbone}-")}
        for part in ("last-block",) if backbone in ONLY_LAST_BLOCK else ("last-block", "all"):
            arrays, moving = case(backbone, part)
            tensors |= arrays
            metadata[f"{backbone}-{part}"] = json.dumps(moving)
    save_file(tensors, path, metadata=metadata)
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
