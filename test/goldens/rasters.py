#!/usr/bin/env python3
"""Goldens of picture files: OpenCV, Pillow and tifffile write them, OpenCV or Pillow read them back.

requires: opencv-python-headless==5.0.0.93 numpy==2.4.6 pillow==13.0.0 tifffile==2026.3.3

  python rasters.py

Writes rasters.json: for each file its bytes in base64, its bits, and its grey levels as {shape, deflate: zlib stream in base64} of 8-bit,
or little-endian 16-bit, values; and files that are to be refused, with the code of the refusal.
"""

import base64
import io
import json
import os
import zlib

import cv2
import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

HERE = os.path.dirname(os.path.abspath(__file__))


def packed(array):
    array = np.ascontiguousarray(array)
    return {"shape": list(array.shape), "deflate": base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()}


def by_opencv(extension, array, *flags):
    written, data = cv2.imencode(extension, array, list(flags))
    assert written
    return data.tobytes()


def by_pillow(kind, image, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def by_tifffile(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def read_by_opencv(data):
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    return array[..., 0] if array.ndim == 3 else array


def main():
    rng = np.random.default_rng(7)
    grey = rng.integers(0, 256, (12, 17), dtype=np.uint8)
    deep = rng.integers(0, 65536, (12, 17), dtype=np.uint16)
    smooth = np.add.outer(np.arange(24) * 5, np.arange(32) * 4).astype(np.uint8)
    colours = np.dstack([grey, grey, grey])
    colours[3, 4, 1] ^= 1
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gamma = PngImagePlugin.PngInfo()
    gamma.add(b"gAMA", (220000).to_bytes(4, "big"))
    turned = Image.Exif()
    turned[0x0112] = 6

    files = {
        "grey.png": by_opencv(".png", grey),
        "grey-16.png": by_opencv(".png", deep),
        "palette.png": by_pillow("PNG", Image.fromarray(grey).convert("P")),
        "rgb-equal.png": by_opencv(".png", np.dstack([grey] * 3)),
        "rgb-equal-16.png": by_opencv(".png", np.dstack([deep] * 3)),
        "profile-and-gamma.png": by_pillow("PNG", Image.fromarray(grey), icc_profile=profile, pnginfo=gamma),
        "profile-rgb.png": by_pillow("PNG", Image.fromarray(np.dstack([grey] * 3)), icc_profile=profile),
        "grey.jpg": by_opencv(".jpg", smooth, cv2.IMWRITE_JPEG_QUALITY, 90),
        "rgb-equal.jpg": by_pillow("JPEG", Image.fromarray(np.dstack([smooth] * 3)), quality=95),
        "turned.jpg": by_pillow("JPEG", Image.fromarray(smooth), quality=95, exif=turned),
        "grey.tif": by_opencv(".tif", grey),
        "grey-16.tif": by_opencv(".tif", deep),
        "big-endian.tif": by_tifffile(deep, byteorder=">"),
        "two-pages.tif": by_tifffile(np.stack([deep, deep ^ 1]), photometric="minisblack"),
        "grey.pgm": by_opencv(".pgm", grey),
        "grey-16.pgm": by_opencv(".pgm", deep),
        "text.pgm": by_opencv(".pgm", grey, cv2.IMWRITE_PXM_BINARY, 0),
    }
    goldens = []
    for name, data in files.items():
        values = read_by_opencv(data)
        if name == "palette.png":
            values = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        goldens.append({"name": name, "file": base64.b64encode(data).decode(), "values": packed(values)})
    # Pillow shows a file whose smallest value is white as it is meant to be seen.
    white_is_zero = by_tifffile(grey, photometric="miniswhite")
    shown = np.asarray(Image.open(io.BytesIO(white_is_zero)).convert("L"))
    goldens.append({"name": "white-is-zero.tif", "file": base64.b64encode(white_is_zero).decode(), "values": packed(shown)})

    refused = {
        "colours.png": (by_opencv(".png", colours), "IMAGE_COLOUR"),
        "alpha.png": (by_pillow("PNG", Image.fromarray(np.dstack([grey, grey]), "LA")), "IMAGE_UNSUPPORTED"),
        "cmyk.jpg": (by_pillow("JPEG", Image.fromarray(np.dstack([grey] * 4), "CMYK")), "IMAGE_UNSUPPORTED"),
        "float.tif": (by_tifffile(deep.astype(np.float32)), "IMAGE_UNSUPPORTED"),
        "signed.tif": (by_tifffile(deep.astype(np.int16)), "IMAGE_UNSUPPORTED"),
        "32-bit.tif": (by_tifffile(deep.astype(np.uint32)), "IMAGE_UNSUPPORTED"),
    }
    with open(os.path.join(HERE, "rasters.json"), "w") as out:
        json.dump(
            {
                "read": goldens,
                "refused": [
                    {"name": name, "file": base64.b64encode(data).decode(), "code": code}
                    for name, (data, code) in refused.items()
                ],
            },
            out,
        )


if __name__ == "__main__":
    main()
