#!/usr/bin/env python3
# requires: numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0
"""Named image features by NumPy, SciPy and scikit-image: writes image-features.json beside this script.

Two grey images with masks, and what each feature of the tissue in the mask is.
"""
import base64
import json
import pathlib
import zlib

import numpy as np
from scipy import ndimage, stats
from skimage.feature import graycomatrix, graycoprops
from skimage.filters import threshold_otsu


def packed(array):
    array = np.ascontiguousarray(array)
    return {"shape": list(array.shape), "deflate": base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()}


def breast(seed, height, width):
    """A half ellipse of smooth tissue with noise and bright spots; its mask leaves a rim out."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    inside = (x / (0.8 * width)) ** 2 + ((y - height / 2) / (0.45 * height)) ** 2 < 1
    smooth = ndimage.gaussian_filter(rng.normal(size=(height, width)), 6)
    image = 110 + 700 * smooth + rng.normal(size=(height, width)) * 5
    for _ in range(12):
        cy, cx, size = rng.integers(8, height - 8), rng.integers(4, width // 2), rng.uniform(0.8, 4)
        image += rng.uniform(40, 90) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * size**2))
    image = np.clip(image * inside, 0, 255).astype(np.uint8)
    return image, ndimage.binary_erosion(inside, iterations=3, border_value=1)


def texture(image, mask, distance):
    """Level 0 stands for what is outside; its pairs are struck out before the properties are taken."""
    levels = np.where(mask, (image >> 3) + 1, 0).astype(np.uint8)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    pairs = graycomatrix(levels, [distance], angles, levels=33, symmetric=True)[1:, 1:].astype(float)
    pairs /= pairs.sum(axis=(0, 1), keepdims=True)
    return {name: float(graycoprops(pairs, name).mean()) for name in ("contrast", "homogeneity", "energy", "correlation")}


def spots(image, mask, size):
    def blurred(deviation):
        options = {"sigma": deviation, "mode": "constant", "truncate": 3}
        weight = ndimage.gaussian_filter(mask.astype(float), **options)
        return ndimage.gaussian_filter(np.where(mask, image, 0).astype(float), **options) / np.maximum(weight, 1e-9)

    difference = np.where(mask, blurred(size) - blurred(2 * size), -np.inf)
    peaks = (difference >= 12) & (difference == ndimage.maximum_filter(difference, 3, mode="constant", cval=-np.inf))
    return {"count": int(peaks.sum()), "strongest": float(difference.max())}


def features(image, mask):
    values = image[mask].astype(float)
    dense = values > threshold_otsu(image[mask])
    grey = image.astype(float)
    gradient = np.hypot(ndimage.sobel(grey, 0, mode="nearest"), ndimage.sobel(grey, 1, mode="nearest")) / 8
    return {
        "brightness": {
            "denseShare": 100 * dense.mean(),
            "denseContrast": values[dense].mean() - values[~dense].mean(),
            "mean": values.mean(),
            "deviation": values.std(),
            "skewness": float(stats.skew(values)),
            "entropy": float(stats.entropy(np.bincount(image[mask]), base=2)),
        },
        "texture": {str(distance): texture(image, mask, distance) for distance in (1, 2, 4)},
        "spots": {str(size): spots(image, mask, size) for size in (1, 2, 4)},
        "edgeShare": 100 * (gradient[mask] > 16).mean(),
    }


def main():
    cases = []
    for seed, height, width in ((1, 120, 90), (2, 96, 96)):
        image, mask = breast(seed, height, width)
        cases.append({"image": packed(image), "mask": packed(mask.astype(np.uint8)), **features(image, mask)})
    path = pathlib.Path(__file__).with_name("image-features.json")
    path.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
