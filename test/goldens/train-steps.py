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
import torchvision

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from formula import formula_image, formula_tensor  # noqa: E402

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double()
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
HEADS = {"resnet18": "fc", "resnet50": "fc", "mobilenetv2": "classifier.1", "vgg16": "classifier.6"}
TAILS = {
    "resnet18": ("layer4.",),
    "resnet50": ("layer4.",),
    "mobilenetv2": ("features.17.",),
    "vgg16": ("features.24.", "features.26.", "features.28."),
}
BATCH, SIDE, SAMPLES = 4, 64, 3


def network(backbone):
    model = getattr(torchvision.models, {"mobilenetv2": "mobilenet_v2"}.get(backbone, backbone))(weights=None)
    path = HEADS[backbone]
    parent = model.get_submodule(path.rpartition(".")[0])
    old = model.get_submodule(path)
    setattr(parent, path.rpartition(".")[2], torch.nn.Linear(old.in_features, 2))
    state = model.state_dict()
    model.load_state_dict({k: v if k.endswith("num_batches_tracked") else calm(k, tuple(v.shape)) for k, v in state.items()})
    return model.double()


def calm(name, shape):
    """
    The formula's weights, moved so that what enters an activation lies well above zero. At a kink float32 and float64 take
    different sides, and after five steps such networks have little in common, in PyTorch too.
    """
    value = formula_tensor(name, shape)
    kind = name.rsplit(".", 1)[1]
    if kind in ("running_mean", "running_var") or name.startswith(tuple(HEADS.values())):
        return value
    if kind == "bias":
        return value + 1.8
    return 0.3 * value if len(shape) == 1 else value


def images(step):
    """Four different images a step, all cut from the formula's."""
    grey = torch.from_numpy(formula_image(SIDE * 4)).double()
    planes = [grey[SIDE * k : SIDE * (k + 1), SIDE * (step % 4) : SIDE * (step % 4 + 1)] for k in range(BATCH)]
    return (torch.stack(planes)[:, None].expand(-1, 3, -1, -1) / 255 - MEAN[:, None, None]) / STD[:, None, None]


def train(backbone, part, settings, steps, statistics):
    model = network(backbone)
    head, tail = HEADS[backbone], TAILS[backbone]
    moving = {name: p for name, p in model.named_parameters() if part == "all" or name.startswith((head, *tail))}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in moving)
    model.train()
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(module, torch.nn.BatchNorm2d) and (statistics == "running" or (part != "all" and not name.startswith(tail))):
            module.eval()
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[settings["optimizer"]]
    more = {"momentum": 0.9} if settings["optimizer"] == "sgd" else {}
    optimizer = kind(moving.values(), lr=settings["rate"], weight_decay=settings["decay"], **more)
    memory = "momentum_buffer" if settings["optimizer"] == "sgd" else "exp_avg"
    losses, states = [], []
    for step in range(steps):
        targets = torch.nn.functional.one_hot(torch.tensor([0, 1, 0, (step + 1) % 2]), 2).double()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(images(step)), targets)
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
