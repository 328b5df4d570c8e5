#!/usr/bin/env python3
# requires: torch==2.15.0 torchvision==0.29.2 safetensors==0.8.0 numpy==2.4.6, and what backbones.py imports
"""What PyTorch's autograd and plain loops say about explanations, for their tests.

Writes explain.safetensors. For each network and image size: the Grad-CAM map of the difference of a head's two logits at the
output of the last convolutions (`map`, signed), and what F.interpolate makes of its positive part at the image's size, every
fourth pixel (`heat`). For ResNet-18 at 64 px the occlusion map too. Weights and image follow the formulas of backbones.py.

Usage: python explain.py [OUT_FOLDER]
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from backbones import IMAGENET, formula_image, formula_tensor, normalised
from safetensors.numpy import save_file

SIZES = {"resnet18": [224, 256], "mobilenetv2": [224], "resnet50": [224], "vgg16": [256]}


def networks():
    """Each with the layer whose output is explained, its head replaced by one of two outputs."""
    resnet18 = torchvision.models.resnet18(weights=None)
    yield "resnet18", resnet18, resnet18.layer4, "fc"
    resnet50 = torchvision.models.resnet50(weights=None)
    yield "resnet50", resnet50, resnet50.layer4, "fc"
    mobilenetv2 = torchvision.models.mobilenet_v2(weights=None)
    yield "mobilenetv2", mobilenetv2, mobilenetv2.features[18], "classifier.1"
    vgg16 = torchvision.models.vgg16(weights=None)
    yield "vgg16", vgg16, vgg16.features[29], "classifier.6"


def with_formula(model, head):
    inputs = model.get_submodule(head).in_features
    model.set_submodule(head, torch.nn.Linear(inputs, 2))
    values = {}
    for name, tensor in model.state_dict().items():
        of_head = name.startswith(f"{head}.")
        named = f"head.{name.rsplit('.', 1)[1]}" if of_head else name
        values[name] = tensor if name.endswith("num_batches_tracked") else formula_tensor(named, tuple(tensor.shape))
    model.load_state_dict(values)
    return model.eval()


def grad_cam(model, layer, image):
    seen = {}

    def keep(_module, _inputs, output):
        output.retain_grad()
        seen["activation"] = output

    hook = layer.register_forward_hook(keep)
    benign, malignant = model(image)[0]
    (malignant - benign).backward()
    hook.remove()
    activation = seen["activation"]
    weights = activation.grad.mean(dim=(2, 3), keepdim=True)
    return (weights * activation).sum(dim=1).detach()[0], (malignant - benign).item()


def occlusion(model, grey, patch, stride, fill):
    size = grey.shape[0]
    def difference(pixels):
        benign, malignant = model(normalised(pixels, *IMAGENET))[0]
        return (malignant - benign).item()
    whole = difference(grey)
    total, count = np.zeros((size, size)), np.zeros((size, size))
    for top in range(0, size - patch + 1, stride):
        for left in range(0, size - patch + 1, stride):
            covered = grey.copy()
            covered[top : top + patch, left : left + patch] = fill
            total[top : top + patch, left : left + patch] += whole - difference(covered)
            count[top : top + patch, left : left + patch] += 1
    return (total / count).astype(np.float32)


def main(folder):
    tensors = {}
    for name, model, layer, head in networks():
        with_formula(model, head)
        for size in SIZES[name]:
            cam, difference = grad_cam(model, layer, normalised(formula_image(size), *IMAGENET))
            heat = F.interpolate(F.relu(cam)[None, None], size=(size, size), mode="bilinear", align_corners=False)[0, 0]
            tensors[f"{name}/{size}/map"] = cam.numpy()
            tensors[f"{name}/{size}/heat"] = heat[::4, ::4].contiguous().numpy()
            tensors[f"{name}/{size}/evidence"] = np.array([difference], dtype=np.float32)
            print(name, size, tuple(cam.shape), cam.min().item(), cam.max().item(), difference)
        if name == "resnet18":
            with torch.inference_mode():
                tensors["resnet18/64/occlusion"] = occlusion(model, formula_image(64), 16, 8, 0)
    metadata = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    save_file(tensors, folder / "explain.safetensors", metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
