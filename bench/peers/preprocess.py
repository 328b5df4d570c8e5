#!/usr/bin/env python3
"""The peer of bench/single-core.ts: pydicom and OpenCV, DICOM file to PNG in memory.

  python preprocess.py FOLDER

Reads a line `VARIANT WHAT` from standard input, prepares every .dicom file of the folder once, and answers with one JSON line
{seconds (of processor time), images, bytes, boxes: {file: [x, y, width, height]}}; then waits for the next, so that two programs can take turns.

VARIANT  study   as most scripts do it: dcmread, pixel_array, scaling in double precision
         lean    the fastest form found: pixels not copied (np.frombuffer), scaling by one OpenCV call
WHAT     256     crop, INTER_AREA to 256 x 256, CLAHE 2.0 8 x 8, 8 bit
         1024    the same at 1024 x 1024
         full16  crop, full size, 16 bit

One thread. PNGs as OpenCV writes them by default, which was the fastest of its settings. Needs requirements.txt beside this file.
"""

import json
import os
import sys
import time

import cv2
import numpy as np
import pydicom


def stored_values(ds, variant):
    plain = ds.BitsAllocated == 16 and ds.PixelRepresentation == 0 and not ds.file_meta.TransferSyntaxUID.is_encapsulated
    if variant == "lean" and plain:
        return np.frombuffer(ds.PixelData, "<u2", ds.Rows * ds.Columns).reshape(ds.Rows, ds.Columns)
    return ds.pixel_array


def to_grey(stored, invert, variant):
    if variant == "study":
        levels = stored.astype(np.float64)
        low, high = levels.min(), levels.max()
        levels = (levels - low) / max(high - low, 1) * 255.0
        return (255.0 - levels if invert else levels).astype(np.uint8)
    low, high, _, _ = cv2.minMaxLoc(stored)
    factor = 255.0 / max(high - low, 1)
    truncate = -0.4999  # convertScaleAbs rounds
    if invert:
        return cv2.convertScaleAbs(stored, alpha=-factor, beta=high * factor + truncate)
    return cv2.convertScaleAbs(stored, alpha=factor, beta=-low * factor + truncate)


def to_grey16(stored, invert, box):
    x, y, w, h = box
    low, high, _, _ = cv2.minMaxLoc(stored)
    table = np.trunc((np.arange(65536) - low) / max(high - low, 1) * 65535).clip(0, 65535).astype(np.uint16)
    return (65535 - table if invert else table)[stored[y : y + h, x : x + w]]


def prepare(path, variant, what, clahe):
    ds = pydicom.dcmread(path)
    stored = stored_values(ds, variant)
    invert = ds.PhotometricInterpretation == "MONOCHROME1"
    grey = to_grey(stored, invert, variant)
    _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    x, y, w, h = box = cv2.boundingRect(max(contours, key=cv2.contourArea))
    if what == "full16":
        picture = to_grey16(stored, invert, box)
    else:
        small = cv2.resize(grey[y : y + h, x : x + w], (int(what), int(what)), interpolation=cv2.INTER_AREA)
        picture = clahe.apply(small)
    ok, png = cv2.imencode(".png", picture)
    assert ok
    return box, len(png)


def main():
    folder = sys.argv[1]
    cv2.setNumThreads(1)
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
    files = sorted(
        os.path.relpath(os.path.join(path, name), folder)
        for path, _, names in os.walk(folder)
        for name in names
        if name.endswith(".dicom")
    )
    print(json.dumps({"pydicom": pydicom.__version__, "OpenCV": cv2.__version__, "NumPy": np.__version__}), flush=True)
    for line in sys.stdin:
        variant, what = line.split()
        start = time.process_time()
        results = {name: prepare(os.path.join(folder, name), variant, what, clahe) for name in files}
        seconds = time.process_time() - start
        boxes = {name: list(box) for name, (box, _) in results.items()}
        answer = {"seconds": seconds, "images": len(files), "bytes": sum(size for _, size in results.values()), "boxes": boxes}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
