"""Weights and images that follow a formula in whole numbers; test/support/formula-weights.ts has the same."""
import numpy as np
import torch


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
