#!/usr/bin/env python3
# requires: torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
"""Small parts of training by PyTorch and torchvision: losses, learning rates, averages of weights, changes of images.

Writes train-parts.json beside this script.
"""
import json
import pathlib
import sys

import torch
import torchvision.transforms.functional as F
from torchvision.ops import sigmoid_focal_loss

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from formula import formula_image  # noqa: E402

bce = torch.nn.functional.binary_cross_entropy_with_logits


def losses():
    torch.manual_seed(1)
    logits = 3 * torch.randn(6, 2, dtype=torch.float64)
    targets = torch.nn.functional.one_hot((torch.rand(6) < 0.5).long(), 2).double()
    weights = torch.rand(6, 1, dtype=torch.float64) + 0.2
    smoothed = targets * 0.9 + 0.05
    adjustment = torch.tensor([1.5, -1.5], dtype=torch.float64)
    kinds = {
        "plain": lambda z: bce(z, targets, weight=weights, reduction="sum"),
        "smoothed": lambda z: bce(z, smoothed, weight=weights, reduction="sum"),
        "adjusted": lambda z: bce(z + adjustment, targets, weight=weights, reduction="sum"),
        "focal": lambda z: (sigmoid_focal_loss(z, targets, alpha=-1, gamma=2) * weights).sum(),
        "smoothed focal": lambda z: (sigmoid_focal_loss(z, smoothed, alpha=-1, gamma=1.5) * weights).sum(),
    }
    cases = {}
    for name, loss_of in kinds.items():
        z = logits.clone().requires_grad_()
        loss = loss_of(z)
        loss.backward()
        cases[name] = {"loss": loss.item(), "gradient": z.grad.flatten().tolist()}
    flat = {"logits": logits, "targets": targets, "smoothed": smoothed, "rowWeights": weights}
    return {name: value.flatten().tolist() for name, value in flat.items()} | {"cases": cases}


def rates(schedule, warmup_epochs, epochs=5, steps=4, rate=3e-3):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    parts, milestones = [], []
    if warmup_epochs:
        warmup = warmup_epochs * steps
        parts.append(torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=warmup))
        milestones.append(warmup)
    rest = (epochs - warmup_epochs) * steps
    parts.append(
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=rest)
        if schedule == "cosine"
        else torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1)
    )
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, parts, milestones) if milestones else parts[0]
    values = []
    for _ in range(epochs * steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"schedule": schedule, "warmupEpochs": warmup_epochs, "epochs": epochs, "stepsPerEpoch": steps, "learningRate": rate, "values": values}


def average():
    """A head under SGD and its AveragedModel."""
    torch.manual_seed(2)
    head = torch.nn.Linear(5, 2).double()
    start = {name: value.flatten().tolist() for name, value in head.state_dict().items()}
    averaged = torch.optim.swa_utils.AveragedModel(head, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.8))
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
    batches = []
    for _ in range(4):
        x, y = torch.randn(3, 5).double(), torch.nn.functional.one_hot((torch.rand(3) < 0.5).long(), 2).double()
        optimizer.zero_grad()
        bce(head(x), y).backward()
        optimizer.step()
        averaged.update_parameters(head)
        batches.append({"features": x.flatten().tolist(), "targets": y.flatten().tolist()})
    end = {name: value.flatten().tolist() for name, value in averaged.module.state_dict().items()}
    return {"start": start, "batches": batches, "decay": 0.8, "rate": 0.1, "end": end}


def optimizers():
    """Five steps of each optimizer from gradients of every size, down to those far below Adam's epsilon."""
    sizes = torch.tensor([1e3, 1, 1e-3, 1e-6, 1e-8, 1e-9, 1e-12, 1e-18, 0], dtype=torch.float64)
    factors = [1.0, -0.5, 0.25, 0.75, -0.1]
    kinds = {
        "adam": lambda p: torch.optim.Adam(p, lr=1e-3),
        "adam with decay": lambda p: torch.optim.Adam(p, lr=1e-3, weight_decay=0.05),
        "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.05),
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9),
        "sgd with decay": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, weight_decay=0.05),
    }
    cases = {}
    for name, make in kinds.items():
        # At zero every bit of a weight is the step's; where it decays it begins at what no step takes back.
        weights = torch.full_like(sizes, 0 if name in ("adam", "sgd") else 5e-3).requires_grad_()
        optimizer, steps = make([weights]), []
        start = weights.tolist()
        for factor in factors:
            weights.grad = sizes * factor
            optimizer.step()
            steps.append(weights.tolist())
        cases[name] = {"start": start, "steps": steps}
    return {"gradients": [(sizes * factor).tolist() for factor in factors], "rate": 1e-3, "decay": 0.05, "cases": cases}


def changes():
    image = torch.from_numpy(formula_image(24))[None, :20]
    cases = {
        "brightness 0.9": F.adjust_brightness(image, 0.9),
        "brightness 1.1": F.adjust_brightness(image, 1.1),
        "contrast 0.9": F.adjust_contrast(image, 0.9),
        "contrast 1.1": F.adjust_contrast(image, 1.1),
        "blur 0.3": F.gaussian_blur(image, [3, 3], [0.3, 0.3]),
        "blur 1.7": F.gaussian_blur(image, [3, 3], [1.7, 1.7]),
        "rotate 12.5": F.rotate(image, 12.5, interpolation=F.InterpolationMode.BILINEAR),
        "rotate -70": F.rotate(image, -70, interpolation=F.InterpolationMode.BILINEAR),
        "translate 3 -2": F.affine(image, angle=0, translate=[3, -2], scale=1, shear=[0.0]),
        "translate -5 4": F.affine(image, angle=0, translate=[-5, 4], scale=1, shear=[0.0]),
    }
    return {name: value.flatten().tolist() for name, value in cases.items()}


def main():
    schedules = [rates("constant", 0), rates("constant", 2), rates("cosine", 0), rates("cosine", 1)]
    out = {"losses": losses(), "rates": schedules, "average": average(), "optimizers": optimizers(), "changes": changes()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
