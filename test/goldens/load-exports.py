#!/usr/bin/env python3
# requires: tensorflow-cpu==2.21.0 numpy (for savedmodel), or torch==2.9.1 torchvision==0.24.1 efficientnet-lite-pytorch==0.1.0 safetensors==0.8.0 (for safetensors)
"""Loads what `mammoflow export` wrote, as its users would, and prints what it computes for one grey image: a JSON list.

Usage: python load-exports.py savedmodel IMAGE SIZE FOLDER...
       python load-exports.py safetensors IMAGE SIZE BACKBONE=FILE...

IMAGE holds SIZE x SIZE bytes. Ends with 3 where the libraries are not installed.
"""
import json
import sys

try:
    import numpy as np

    if sys.argv[1] == "savedmodel":
        import tensorflow as tf
    else:
        import torch
        import torchvision
        from efficientnet_lite_pytorch import EfficientNet
        from safetensors.torch import load_file
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CENTRED = ([127 / 255] * 3, [128 / 255] * 3)


def by_tensorflow(image, folder):
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    outputs = serve(images=tf.constant(image))
    return {"logits": outputs["logits"].numpy()[0].tolist(), "probability": float(outputs["probability"].numpy()[0])}


def by_pytorch(image, named_file):
    networks = {
        "resnet18": (lambda: torchvision.models.resnet18(num_classes=2), IMAGENET),
        "mobilenetv2": (lambda: torchvision.models.mobilenet_v2(num_classes=2), IMAGENET),
        "efficientnet-lite0": (lambda: EfficientNet.from_name("efficientnet-lite0", num_classes=2), CENTRED),
    }
    backbone, file = named_file.split("=", 1)
    make, (mean, deviation) = networks[backbone]
    network = make().eval()
    network.load_state_dict(load_file(file))
    grey = torch.from_numpy(image).float().div(255)[:, None].expand(-1, 3, -1, -1)
    with torch.inference_mode():
        logits = network((grey - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None])[0]
    return {"logits": logits.tolist(), "probability": torch.sigmoid((logits[1] - logits[0]) / 2).item()}


kind, path, size, *models = sys.argv[1:]
image = np.fromfile(path, dtype=np.uint8).reshape(1, int(size), int(size))
load = by_tensorflow if kind == "savedmodel" else by_pytorch
print(json.dumps([load(image, model) for model in models]))
