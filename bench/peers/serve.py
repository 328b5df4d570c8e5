#!/usr/bin/env python3
"""The peer of bench/serving.ts: Flask on waitress, pydicom, OpenCV, PyTorch and torchvision, random weights.

  python serve.py BACKBONE MODE THREADS

Says {port, versions} as one JSON line when it is warm, then answers POST /v1/predict with a DICOM file as the body: crop, INTER_AREA to
256 x 256, CLAHE (the fastest form found, as in preprocess.py), the network, a classifier of two outputs, JSON with the hash of what
came. Ends when its standard input does.

MODE  channels-last  float32, with that memory layout, which is faster than the usual one
      bf16           the same under autocast to bfloat16

Needs requirements.txt, requirements-learning.txt and requirements-serving.txt beside this file.
"""

import contextlib
import hashlib
import io
import json
import sys
import threading
import time
from importlib.metadata import version

import cv2
import numpy as np
import pydicom
import torch
import waitress
from flask import Flask, jsonify, request
from learn import DEVIATION, MEAN, network
from preprocess import stored_values, to_grey

SIZE = 256
THRESHOLD = 0.35


def main():
    backbone, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    cv2.setNumThreads(1)
    model = network(backbone, 2).eval().to(memory_format=torch.channels_last)
    local = threading.local()

    def precision():
        return torch.autocast("cpu", dtype=torch.bfloat16) if mode == "bf16" else contextlib.nullcontext()

    def prepare(body):
        if not hasattr(local, "clahe"):
            local.clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
        ds = pydicom.dcmread(io.BytesIO(body))
        grey = to_grey(stored_values(ds, "lean"), ds.PhotometricInterpretation == "MONOCHROME1", "lean")
        _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        x, y, w, h = cv2.boundingRect(max(contours, key=cv2.contourArea))
        return local.clahe.apply(cv2.resize(grey[y : y + h, x : x + w], (SIZE, SIZE), interpolation=cv2.INTER_AREA))

    def judge(picture):
        with torch.inference_mode(), precision():
            image = torch.from_numpy(picture)[None].expand(3, -1, -1).float() / 255
            batch = ((image - MEAN) / DEVIATION)[None].contiguous(memory_format=torch.channels_last)
            return torch.softmax(model(batch).float(), 1)[0, 1].item()

    app = Flask(__name__)

    @app.post("/v1/predict")
    def predict():
        started = time.perf_counter()
        body = request.get_data(cache=False)
        probability = judge(prepare(body))
        return jsonify(
            probability=probability,
            label=int(probability >= THRESHOLD),
            sha256=hashlib.sha256(body).hexdigest(),
            ms=(time.perf_counter() - started) * 1000,
        )

    for _ in range(3):
        judge(np.zeros((SIZE, SIZE), np.uint8))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=threads)
    packages = {name: version(name) for name in ("flask", "waitress", "torch", "opencv-python-headless")}
    print(json.dumps({"port": server.effective_port, "versions": packages}), flush=True)
    threading.Thread(target=server.run, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
