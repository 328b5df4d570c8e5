#!/usr/bin/env python3
"""The peer of bench/learning.ts: PyTorch and torchvision on a folder of 256 x 256 grey PNGs, random weights.

  python learn.py FOLDER

Reads a line from standard input, works, and answers with one JSON line; then waits for the next, so that two programs can take turns.

extract BACKBONE MODE COUNT   the first COUNT PNGs through the frozen backbone, from the file on: {images, seconds}
study   BACKBONE MODE EPOCHS  the study's training: frozen backbone in training mode, every image through it in every epoch, flips by
                              chance, a weighted sampler, only the classifier learns
tail    BACKBONE MODE BATCHES the same with the last block learning too, a warm-up batch before the clock starts
all     BACKBONE MODE BATCHES every layer learns, batches of 16 at hand in memory

MODE  plain          as most scripts have it
      channels-last  with that memory layout
      bf16           channels-last under autocast to bfloat16

One in ten images counts as malignant. Needs requirements-learning.txt beside this file.
"""

import contextlib
import json
import os
import resource
import sys
import time

import numpy as np
import torch
import torchvision
from PIL import Image

BATCH = 32
# torchvision's name, the classifier and the last block.
BACKBONES = {
    "vgg16": ("vgg16", "classifier.6", "features.24"),
    "resnet18": ("resnet18", "fc", "layer4"),
    "mobilenetv2": ("mobilenet_v2", "classifier.1", "features.17"),
    "resnet50": ("resnet50", "fc", "layer4"),
}
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def network(backbone, outputs):
    name, classifier, _ = BACKBONES[backbone]
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(weights=None)
    owner, _, attribute = classifier.rpartition(".")
    owner = model.get_submodule(owner)
    width = getattr(owner, attribute).in_features
    setattr(owner, attribute, torch.nn.Linear(width, outputs) if outputs else torch.nn.Identity())
    return model


class Mode:
    def __init__(self, name):
        self.layout = torch.contiguous_format if name == "plain" else torch.channels_last
        self.is_half = name == "bf16"

    def precision(self):
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.is_half else contextlib.nullcontext()


class Pngs(torch.utils.data.Dataset):
    def __init__(self, files, flips):
        self.files = files
        self.flips = flips
        self.labels = torch.tensor([int(i % 10 == 0) for i in range(len(files))])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        grey = np.array(Image.open(self.files[index]).convert("L"))
        image = torch.from_numpy(grey)[None].expand(3, -1, -1).float() / 255
        image = (image - MEAN) / DEVIATION
        if self.flips and torch.rand(()) < 0.3:
            image = image.flip(2)
        if self.flips and torch.rand(()) < 0.3:
            image = image.flip(1)
        return image, self.labels[index]


def learn(model, batches, mode):
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 3e-4)
    criterion = torch.nn.BCEWithLogitsLoss()
    for images, labels in batches:
        optimizer.zero_grad()
        with mode.precision():
            logits = model(images.contiguous(memory_format=mode.layout))
        loss = criterion(logits.float(), torch.nn.functional.one_hot(labels, 2).float())
        loss.backward()
        optimizer.step()


def extract(files, backbone, mode):
    model = network(backbone, 0).eval().to(memory_format=mode.layout)
    loader = torch.utils.data.DataLoader(Pngs(files, False), BATCH)
    with torch.inference_mode(), mode.precision():
        model(next(iter(loader))[0].contiguous(memory_format=mode.layout))
        start = time.perf_counter()
        for images, _ in loader:
            model(images.contiguous(memory_format=mode.layout))
    return len(files), time.perf_counter() - start


def trained(backbone, parts):
    model = network(backbone, 2)
    model.requires_grad_(False)
    for part in parts:
        model.get_submodule(part).requires_grad_(True)
    return model.train()


def study(files, backbone, mode, epochs):
    model = trained(backbone, [BACKBONES[backbone][1]]).to(memory_format=mode.layout)
    data = Pngs(files, True)
    start = time.perf_counter()
    for _ in range(epochs):
        learn(model, torch.utils.data.DataLoader(data, BATCH, sampler=sampler(data)), mode)
    return epochs * len(files), time.perf_counter() - start


def tail(files, backbone, mode, batches):
    _, classifier, block = BACKBONES[backbone]
    model = trained(backbone, [block, classifier]).to(memory_format=mode.layout)
    data = Pngs(files, True)
    endless = (batch for _ in iter(int, 1) for batch in torch.utils.data.DataLoader(data, BATCH, sampler=sampler(data), drop_last=True))
    learn(model, [next(endless)], mode)
    start = time.perf_counter()
    learn(model, (next(endless) for _ in range(batches)), mode)
    return batches * BATCH, time.perf_counter() - start


def every_layer(backbone, mode, batches):
    model = network(backbone, 2).train().to(memory_format=mode.layout)
    images = torch.randn(16, 3, 256, 256).contiguous(memory_format=mode.layout)
    labels = torch.randint(0, 2, (16,))
    learn(model, [(images, labels)], mode)
    start = time.perf_counter()
    learn(model, [(images, labels)] * batches, mode)
    return batches * 16, time.perf_counter() - start


def sampler(data):
    weights = 1 / torch.bincount(data.labels).float()
    return torch.utils.data.WeightedRandomSampler(weights[data.labels], len(data))


def main():
    folder = sys.argv[1]
    files = sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names if name.endswith(".png"))
    torch.set_num_threads(os.cpu_count())
    print(json.dumps({"torch": torch.__version__.partition("+")[0], "torchvision": torchvision.__version__.partition("+")[0]}), flush=True)
    for line in sys.stdin:
        what, backbone, mode, *count = line.split()
        mode = Mode(mode)
        if what == "extract":
            images, seconds = extract(files[: int(count[0])], backbone, mode)
        elif what == "all":
            images, seconds = every_layer(backbone, mode, int(count[0]))
        else:
            images, seconds = {"study": study, "tail": tail}[what](files, backbone, mode, int(count[0]))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"images": images, "seconds": seconds, "peakMb": peak_mb}), flush=True)


if __name__ == "__main__":
    main()
