#!/usr/bin/env python3
"""Goldens of the imaging steps: OpenCV for Otsu, crop, resize and CLAHE, pydicom for windows and look-up tables, NumPy for
percentiles, scikit-image for histogram matching.

requires: opencv-python-headless==5.0.0.93 numpy==2.4.6 pydicom==3.0.2 scikit-image==0.26.0

  python imaging.py [folder with the WG-04 files]

Writes imaging.json and imaging-recipes.json, from arrays that the script makes itself, and, given the folder, imaging-files.json: crop boxes and
256 x 256 results of real files. Arrays are {shape, deflate: zlib stream in base64} of 8-bit, or little-endian
16-bit, values.
"""

import base64
import io
import json
import os
import sys
import zlib

import cv2
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut, apply_voi, apply_windowing
from pydicom.sequence import Sequence
from skimage.exposure import match_histograms

HERE = os.path.dirname(os.path.abspath(__file__))


def packed(array):
    array = np.ascontiguousarray(array)
    return {"shape": list(array.shape), "deflate": base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()}


def blobs(rng, height, width, count):
    """Discs, thin lines and single pixels on black: regions that touch, nest and tie."""
    image = np.zeros((height, width), np.uint8)
    for _ in range(count):
        x, y = int(rng.randint(width)), int(rng.randint(height))
        kind = rng.randint(4)
        level = int(rng.randint(60, 256))
        if kind == 0:
            cv2.circle(image, (x, y), int(rng.randint(1, 9)), level, -1)
        elif kind == 1:
            cv2.circle(image, (x, y), int(rng.randint(3, 12)), level, 1)
        elif kind == 2:
            cv2.line(image, (x, y), (int(rng.randint(width)), int(rng.randint(height))), level, 1)
        else:
            image[y, x] = level
    return image


def breast(rng, height, width, bits, noise):
    """A bright half disc on the left edge, a burnt-in label at the right, a little noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    radius = np.hypot((x + 1) / (0.62 * width), (y - 0.52 * height) / (0.46 * height))
    inside = np.clip(1 - radius, 0, 1) ** 0.4
    texture = 1 + 0.15 * np.sin(x / 7) * np.cos(y / 11)
    value = inside * texture * 0.7 * (2**bits - 1)
    value += (inside > 0) * rng.randint(0, noise + 1, (height, width))
    value[height // 10 : height // 10 + 6, width - 20 : width - 6] = 0.9 * (2**bits - 1)
    return np.clip(value, 0, 2**bits - 1).astype(np.uint16)


def crop_box(grey):
    threshold, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return threshold, [0, 0, grey.shape[1], grey.shape[0]]
    return threshold, list(cv2.boundingRect(max(contours, key=cv2.contourArea)))


def to_grey(stored, invert):
    """Smallest to largest value as 0 to 255, truncated, in double precision."""
    x = stored.astype(np.float64)
    low, high = x.min(), x.max()
    x = (x - low) / max(high - low, 1) * 255.0
    return (255.0 - x if invert else x).astype(np.uint8)


def study(stored, invert, size):
    grey = to_grey(stored, invert)
    _, (x, y, w, h) = crop_box(grey)
    small = cv2.resize(grey[y : y + h, x : x + w], (size, size), interpolation=cv2.INTER_AREA)
    return [x, y, w, h], cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(small)


def otsu_cases(rng):
    for kind in range(12):
        levels = np.concatenate(
            [rng.normal(rng.randint(5, 120), rng.randint(1, 30), 3000), rng.normal(rng.randint(90, 250), rng.randint(1, 40), 500)]
        )
        grey = np.clip(levels, 0, 255).astype(np.uint8).reshape(50, 70)
        if kind == 0:
            grey[:] = 0
            grey[3, 4] = 255
        if kind == 1:
            grey = np.where(np.arange(3500).reshape(50, 70) % 2 == 0, 10, 200).astype(np.uint8)
        yield {"histogram": np.bincount(grey.ravel(), minlength=256).tolist(), "threshold": crop_box(grey)[0]}
    # A class of less than a ten-millionth of the pixels, which OpenCV leaves out.
    large = np.zeros((3000, 4000), np.uint8)
    large[0, 0] = 255
    large[10:12, :] = 40
    yield {"histogram": np.bincount(large.ravel(), minlength=256).tolist(), "threshold": crop_box(large)[0]}


def crop_cases(rng):
    for index in range(60):
        height, width = int(rng.randint(8, 50)), int(rng.randint(8, 60))
        grey = blobs(rng, height, width, int(rng.randint(1, 14)))
        if index % 6 == 5:
            grey = (rng.rand(height, width) < 0.45).astype(np.uint8) * 200
        yield {"image": packed(grey), "box": crop_box(grey)[1]}


def resize_cases(rng):
    sizes = [(50, 60, 16, 16), (37, 50, 16, 16), (48, 48, 24, 24), (48, 48, 16, 16), (64, 32, 16, 16), (67, 41, 30, 18)]
    sizes += [(32, 32, 32, 32), (20, 30, 32, 32), (40, 20, 32, 32), (21, 45, 32, 32), (7, 200, 16, 16), (1, 1, 8, 8), (50, 12, 15, 34), (46, 22, 16, 36)]
    for height, width, to_height, to_width in sizes:
        grey = rng.randint(0, 256, (height, width)).astype(np.uint8)
        small = cv2.resize(grey, (to_width, to_height), interpolation=cv2.INTER_AREA)
        yield {"image": packed(grey), "resized": packed(small)}


def clahe_cases(rng):
    shapes = [(64, 64, 2.0, 8, 8), (61, 47, 2.0, 8, 8), (64, 50, 2.0, 8, 8), (50, 64, 3.5, 8, 8), (40, 40, 0.0, 4, 4)]
    shapes += [(48, 64, 40.0, 4, 3), (33, 70, 1.0, 5, 2), (64, 64, 0.01, 1, 1), (96, 96, 2.0, 8, 8)]
    for index, (height, width, clip, tiles_x, tiles_y) in enumerate(shapes):
        y, x = np.mgrid[0:height, 0:width]
        smooth = 120 + 90 * np.sin(x / 9.0 + index) * np.cos(y / 13.0)
        grey = np.clip(smooth + rng.randint(-12, 13, (height, width)), 0, 255).astype(np.uint8)
        if index == 8:
            grey[:, 30:] = 0
        equalised = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles_x, tiles_y)).apply(grey)
        yield {
            "clipLimit": clip,
            "tilesX": tiles_x,
            "tilesY": tiles_y,
            "image": packed(grey),
            "equalised": packed(equalised),
        }


def study_cases(rng):
    for height, width, bits, noise, invert, size in [
        (140, 110, 12, 3, False, 64),
        (131, 103, 14, 0, True, 64),
        (120, 99, 16, 7, False, 48),
        (290, 270, 10, 0, False, 256),
        (70, 50, 8, 1, False, 64),
    ]:
        stored = breast(rng, height, width, bits, noise)
        if invert:
            stored = (2**bits - 1) - stored
        box, result = study(stored, invert, size)
        yield {
            "bitsStored": bits,
            "photometricInterpretation": "MONOCHROME1" if invert else "MONOCHROME2",
            "stored": packed(stored.astype("<u2")),
            "box": box,
            "size": size,
            "result": packed(result),
        }


def window_cases():
    for function, center, width, signed, slope, intercept in [
        ("LINEAR", 2047, 4095, False, 1, 0),
        ("LINEAR", 600.5, 300, False, 1, 0),
        ("LINEAR", 40, 1, True, 1, 0),
        ("LINEAR", 40, 400, True, 2.5, -1024),
        ("LINEAR_EXACT", 600, 300, False, 1, 0),
        ("LINEAR_EXACT", -20, 0.5, True, 0.25, 3),
        ("SIGMOID", 2047, 900, False, 1, 0),
        ("SIGMOID", 10, 120, True, 1.5, -100),
    ]:
        low, high = (-2048, 2047) if signed else (0, 4095)
        stored = np.arange(low, high + 1, 61)
        stored = np.concatenate([stored, [v for v in (39, 40, 41, 449, 450, 451, 750, 751) if v not in stored]])
        ds = Dataset()
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsStored = 12
        ds.PixelRepresentation = int(signed)
        ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = center, width, function
        ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
        modality = stored * float(slope) + intercept
        shown = apply_windowing(modality.astype(np.float64), ds)
        bottom, top = low * slope + intercept, high * slope + intercept
        shown = (shown - bottom) / (top - bottom) * 255
        yield {
            "window": {"center": center, "width": width, "function": function},
            "values": modality.tolist(),
            "shown": [round(float(v), 4) for v in shown],
        }


def padded_cases(rng):
    """The aspect ratio kept, at the top and at the chest wall's side of a black square."""
    for height, width, size, side in [(70, 31, 32, "left"), (70, 31, 32, "right"), (31, 70, 32, "left"), (61, 47, 64, "right")]:
        for dtype in [np.uint8, np.uint16]:
            grey = rng.randint(1, np.iinfo(dtype).max + 1, (height, width)).astype(dtype)
            scale = min(size / width, size / height)
            w, h = int(width * scale + 0.5), int(height * scale + 0.5)
            canvas = np.zeros((size, size), dtype)
            x = 0 if side == "left" else size - w
            canvas[:h, x : x + w] = cv2.resize(grey, (w, h), interpolation=cv2.INTER_AREA)
            yield {"image": packed(grey), "bits": grey.itemsize * 8, "side": side, "size": size, "result": packed(canvas)}


def sixteen_bit_resize_cases(rng):
    for height, width, to_height, to_width in [(50, 60, 16, 16), (37, 50, 16, 16), (48, 48, 24, 24), (67, 41, 30, 18), (20, 30, 32, 32), (50, 12, 15, 34)]:
        grey = rng.randint(0, 65536, (height, width)).astype(np.uint16)
        small = cv2.resize(grey, (to_width, to_height), interpolation=cv2.INTER_AREA)
        yield {"image": packed(grey), "resized": packed(small)}


def sixteen_bit_clahe_cases(rng):
    for index, (height, width, clip, tiles_x, tiles_y) in enumerate([(64, 64, 2.0, 8, 8), (61, 47, 40.0, 4, 3), (40, 40, 0.0, 4, 4), (48, 48, 9000.0, 2, 2)]):
        y, x = np.mgrid[0:height, 0:width]
        smooth = 30000 + 22000 * np.sin(x / 9.0 + index) * np.cos(y / 13.0)
        grey = np.clip(smooth + rng.randint(-900, 901, (height, width)), 0, 65535).astype(np.uint16)
        equalised = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles_x, tiles_y)).apply(grey)
        yield {"clipLimit": clip, "tilesX": tiles_x, "tilesY": tiles_y, "image": packed(grey), "equalised": packed(equalised)}


def percentile_cases(rng):
    """Values between two percentiles of the breast, which is where the drawing says: air is one value, padding another."""
    for bits, invert, padding, slope, low, high in [(12, False, None, 1, 0.5, 99.9), (14, True, None, 1, 2, 98), (12, False, 4095, 2.5, 1, 99), (12, True, 0, -1, 5, 90)]:
        stored = breast(rng, 80, 60, bits, 12).astype(np.int64)
        inside = stored > 0
        stored = np.where(inside, np.minimum(stored + 40, 2**bits - 2), 3)
        # As shown, dark to bright: the modality value, or its opposite where the image is inverted.
        if invert != (slope < 0):
            stored = 2**bits - 1 - stored
        if padding is not None:
            stored[:, -8:] = padding
            inside[:, -8:] = False
        modality = stored * float(slope) - 100
        shown = -modality if invert else modality
        p_low, p_high = np.percentile(shown[inside], [low, high], method="inverted_cdf")
        share = np.clip((shown - p_low) / (p_high - p_low), 0, 1)
        # Truncated towards black for an image that is not inverted, from white for one that is.
        levels = [np.where(stored == padding, 0, np.floor(white - (1 - share) * white) if invert else np.floor(share * white)) for white in (255, 65535)]
        yield {
            "bitsStored": bits,
            "photometricInterpretation": "MONOCHROME1" if invert else "MONOCHROME2",
            "padding": padding,
            "slope": slope,
            "intercept": -100,
            "lowPercent": low,
            "highPercent": high,
            "stored": packed(stored.astype("<u2")),
            "eight": packed(levels[0].astype(np.uint8)),
            "sixteen": packed(levels[1].astype("<u2")),
        }


def literal_cases(rng):
    """The study's steps in its order; then to one size again."""
    for height, width, bits, noise, invert, size in [(140, 110, 12, 3, False, 64), (131, 103, 14, 0, True, 64)]:
        stored = breast(rng, height, width, bits, noise)
        if invert:
            stored = (2**bits - 1) - stored
        small = cv2.resize(to_grey(stored, invert), (size, size), interpolation=cv2.INTER_AREA)
        equalised = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(small)
        _, (x, y, w, h) = crop_box(equalised)
        cut = equalised[y : y + h, x : x + w]
        yield {
            "bitsStored": bits,
            "photometricInterpretation": "MONOCHROME1" if invert else "MONOCHROME2",
            "stored": packed(stored.astype("<u2")),
            "size": size,
            "boxInSquare": [x, y, w, h],
            "cut": packed(cut),
            "result": packed(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA)),
        }


def match_cases(rng):
    """Pixels above 0 matched to a reference's pixels above 0, not rounded; the others stay 0."""
    for dtype, scale in [(np.uint8, 1), (np.uint8, 1), (np.uint16, 257)]:
        image = np.clip(rng.normal(120, 30, (60, 50)), 1, 255) * scale
        reference = np.clip(rng.gamma(4, 18, (40, 70)), 1, 255) * scale
        image, reference = image.astype(dtype), reference.astype(dtype)
        image[:, :15] = 0
        reference[:9] = 0
        matched = np.zeros(image.shape)
        matched[image > 0] = match_histograms(image[image > 0], reference[reference > 0])
        yield {
            "bits": image.itemsize * 8,
            "image": packed(image),
            "reference": packed(reference),
            "matched": [round(float(v), 3) for v in matched[::4, ::3].ravel()],
        }


def table(first, bits, values):
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = [int(v) for v in values]
    item["LUTData"].VR = "US"
    return item


def table_cases(rng):
    """Files with Modality and VOI LUTs, and what pydicom makes of them."""
    for name, modality, voi, inverted in [
        ("VOI LUT", None, table(100, 12, (4095 * np.linspace(0, 1, 800) ** 2).astype(int)), False),
        ("VOI LUT, MONOCHROME1", None, table(0, 10, (1023 * np.linspace(0, 1, 1024) ** 0.5).astype(int)), True),
        ("Modality LUT and VOI LUT", table(0, 16, (np.linspace(0, 1, 1024) ** 1.5 * 3000).astype(int)), table(50, 16, (np.linspace(0, 65535, 2000)).astype(int)), False),
    ]:
        stored = rng.randint(0, 1024, (12, 16)).astype("<u2")
        stored[0, :2] = [0, 1023]
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.3.4"
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID
        ds.Rows, ds.Columns, ds.SamplesPerPixel = 12, 16, 1
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 10, 9, 0
        ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
        if modality is not None:
            ds.ModalityLUTSequence = Sequence([modality])
            ds.ModalityLUTSequence[0].ModalityLUTType = "US"
        ds.VOILUTSequence = Sequence([voi])
        ds.PixelData = stored.tobytes()
        shown = apply_voi(apply_modality_lut(stored, ds).astype(np.uint16), ds) / (2.0 ** voi.LUTDescriptor[2] - 1)
        file = io.BytesIO()
        ds.save_as(file, enforce_file_format=True)
        yield {
            "name": name,
            "file": packed(np.frombuffer(file.getvalue(), np.uint8)),
            "result": packed(np.floor(np.round(255 - 255 * shown if inverted else 255 * shown, 9)).astype(np.uint8)),
        }


def write(name, golden):
    path = os.path.join(HERE, name)
    with open(path, "w") as file:
        json.dump(golden, file, indent=None, separators=(",", ":"))
        file.write("\n")
    print(path, os.path.getsize(path), "bytes")


def main():
    rng = np.random.RandomState(20240607)
    write(
        "imaging.json",
        {
            "otsu": list(otsu_cases(rng)),
            "crop": list(crop_cases(rng)),
            "resize": list(resize_cases(rng)),
            "clahe": list(clahe_cases(rng)),
            "study": list(study_cases(rng)),
            "windows": list(window_cases()),
        },
    )
    rng = np.random.RandomState(20240901)
    write(
        "imaging-recipes.json",
        {
            "padded": list(padded_cases(rng)),
            "sixteenBitResize": list(sixteen_bit_resize_cases(rng)),
            "sixteenBitClahe": list(sixteen_bit_clahe_cases(rng)),
            "percentiles": list(percentile_cases(rng)),
            "literal": list(literal_cases(rng)),
            "match": list(match_cases(rng)),
            "tables": list(table_cases(rng)),
        },
    )
    if len(sys.argv) > 1:
        files = {}
        for name in ["MG1_J2KI.dcm", "MR4_UNC.dcm", "CT2_UNC.dcm", "MR4_RLE.dcm"]:
            ds = pydicom.dcmread(os.path.join(sys.argv[1], name))
            box, result = study(ds.pixel_array, ds.PhotometricInterpretation == "MONOCHROME1", 256)
            files[name] = {"box": box}
            if name.startswith("MG1"):
                files[name]["result"] = packed(result)
        write("imaging-files.json", files)


if __name__ == "__main__":
    main()
