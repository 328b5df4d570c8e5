#!/usr/bin/env python3
# requires: torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
"""What five training steps of PyTorch do to whole networks and to their last blocks, for the training graphs' tests.

Writes train-steps.json beside this script: for each case the losses, and after each step of every tensor of the model and of
every first memory of the optimizer its norm and a few of its elements. Weights and images follow formulas (backbones.py), so that
neither has to be stored. Steps are computed in float64, so that what differs from them is the other side's rounding.

Usage: python train-steps.py [CASE ...]
"""
import json
import pathlib
import sys

import torch
from networks import SIDE, TAILS, calm, freeze, images, network, targets

ADAM = {"optimizer": "adam", "rate": 1e-4, "decay": 0.0}
ADAMW = {"optimizer": "adamw", "rate": 3e-5, "decay": 0.05}
SGD = {"optimizer": "sgd", "rate": 1e-3, "decay": 1e-2}
SLOW = {"optimizer": "sgd", "rate": 1e-5, "decay": 0.0}
# backbone, part, how the optimizer is set, steps, batch statistics or the running ones
CASES = {
    "resnet18-all-adam": ("resnet18", "all", ADAM, 5, "batch"),
    "mobilenetv2-all-adamw": ("mobilenetv2", "all", ADAMW, 5, "batch"),
    "mobilenetv2-all-sgd": ("mobilenetv2", "all", SGD, 5, "batch"),
    "resnet18-last-block-sgd": ("resnet18", "last-block", SGD, 5, "batch"),
    "resnet18-last-block-running": ("resnet18", "last-block", SLOW, 5, "running"),
    "mobilenetv2-last-block-sgd": ("mobilenetv2", "last-block", SGD, 5, "batch"),
    "resnet50-all-sgd": ("resnet50", "all", SGD, 1, "batch"),
    "vgg16-last-block-sgd": ("vgg16", "last-block", SLOW, 1, "batch"),
}
SAMPLES = 3


def train(backbone, part, settings, steps, statistics):
    model = network(backbone, calm).double()
    moving, tail = freeze(model, backbone, part, statistics), TAILS[backbone]
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[settings["optimizer"]]
    more = {"momentum": 0.9} if settings["optimizer"] == "sgd" else {}
    optimizer = kind(moving.values(), lr=settings["rate"], weight_decay=settings["decay"], **more)
    memory = "momentum_buffer" if settings["optimizer"] == "sgd" else "exp_avg"
    losses, states = [], []
    for step in range(steps):
        logits = model(images(backbone, SIDE * (step % 4)))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        running = {k: v for k, v in model.state_dict().items() if "running_" in k and (part == "all" or k.startswith(tail))}
        tensors = {name: p.detach() for name, p in moving.items()} | running
        tensors |= {f"{memory}.{name}": optimizer.state[p][memory] for name, p in moving.items()}
        states.append({name: summary(tensor, step) for name, tensor in tensors.items()})
    kept = [0, steps - 1] if steps > 1 else [0]
    out = {"backbone": backbone, "part": part, **settings, "statistics": statistics, "losses": losses}
    return out | {"states": {str(step + 1): states[step] for step in kept}}


def summary(tensor, step):
    flat = tensor.flatten()
    places = [(7919 * (k + 1)) % flat.numel() for k in range(SAMPLES)]
    return [float(f"{x:.7g}") for x in [flat.norm().item(), flat.abs().max().item(), *flat[places].tolist()]]


def main(names):
    path = pathlib.Path(__file__).with_suffix(".json")
    out = json.loads(path.read_text()) if names and path.exists() else {}
    for name in names or CASES:
        out[name] = train(*CASES[name])
        print(name, out[name]["losses"], flush=True)
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
