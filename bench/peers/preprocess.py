#!/usr/bin/env python3
"""The study's recipe in pydicom and OpenCV, as fast as we know how: the peer of bench/preprocess.ts.

  python preprocess.py FOLDER ROUNDS [--sha256]

One thread; the pixels are not copied (np.frombuffer), scaling is one OpenCV call. Prints one JSON line:
{images_per_s: [one a round], boxes: {file: [x, y, width, height]}}. With --sha256 each file is hashed too, as
prepareImage does. Needs opencv-python-headless, pydicom, numpy.
"""

import hashlib
import json
import os
import sys
import time

import cv2
import numpy as np
import pydicom
from pydicom.filebase import DicomBytesIO


def stored_values(ds):
    if ds.BitsAllocated == 16 and ds.PixelRepresentation == 0 and not ds.file_meta.TransferSyntaxUID.is_encapsulated:
        return np.frombuffer(ds.PixelData, "<u2", ds.Rows * ds.Columns).reshape(ds.Rows, ds.Columns)
    return ds.pixel_array


def to_grey(stored, invert):
    low, high, _, _ = cv2.minMaxLoc(stored)
    factor = 255.0 / max(high - low, 1)
    truncate = -0.4999  # convertScaleAbs rounds
    if invert:
        return cv2.convertScaleAbs(stored, alpha=-factor, beta=high * factor + truncate)
    return cv2.convertScaleAbs(stored, alpha=factor, beta=-low * factor + truncate)


def prepare(path, clahe, hashing):
    if hashing:
        with open(path, "rb") as file:
            contents = file.read()
        hashlib.sha256(contents).hexdigest()
        ds = pydicom.dcmread(DicomBytesIO(contents))
    else:
        ds = pydicom.dcmread(path)
    grey = to_grey(stored_values(ds), ds.PhotometricInterpretation == "MONOCHROME1")
    _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    x, y, w, h = cv2.boundingRect(max(contours, key=cv2.contourArea))
    small = cv2.resize(grey[y : y + h, x : x + w], (256, 256), interpolation=cv2.INTER_AREA)
    ok, png = cv2.imencode(".png", clahe.apply(small))
    assert ok
    return [x, y, w, h]


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2])
    hashing = "--sha256" in sys.argv
    cv2.setNumThreads(1)
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
    files = sorted(
        os.path.relpath(os.path.join(path, name), folder)
        for path, _, names in os.walk(folder)
        for name in names
        if name.endswith(".dicom")
    )
    boxes = {name: prepare(os.path.join(folder, name), clahe, hashing) for name in files}  # warms up
    speeds = []
    for _ in range(rounds):
        start = time.perf_counter()
        for name in files:
            prepare(os.path.join(folder, name), clahe, hashing)
        speeds.append(len(files) / (time.perf_counter() - start))
    print(json.dumps({"images_per_s": speeds, "boxes": boxes}))


if __name__ == "__main__":
    main()
