#!/usr/bin/env python3
# requires: torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
"""Single-precision numbers and what PyTorch and NumPy round them to in float16 and bfloat16, for the encoders' tests.

Writes half-floats.safetensors: `values` (random bits, and the neighbourhood of every case that rounds or overflows differently),
`float16` and `bfloat16` as their bits, widened to single precision because integers are not read there.

Usage: python half-floats.py [OUT_FOLDER]
"""
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file


def main(folder):
    random = np.random.default_rng(7)
    anything = random.integers(0, 2**32, 1000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    plain = (random.standard_normal(1000) * 10.0 ** random.uniform(-9, 5, 1000)).astype(np.float32)
    halves = random.integers(0, 0x7BFF, 300, dtype=np.uint16)
    ties = (halves.view(np.float16).astype(np.float64) + (halves + 1).view(np.float16).astype(np.float64)) / 2
    edges = np.array([0, 65504, 65519.99, 65520, 65536, 2**-14, 2**-24, 2**-25, 1.5 * 2**-25, 2**-26, np.inf, 3.3895e38, 3.4e38])
    with np.errstate(invalid="ignore"):
        values = np.concatenate([anything, plain, ties, edges, -edges]).astype(np.float32)
    values = values[~np.isnan(values)]
    with np.errstate(over="ignore"):
        float16 = values.astype(np.float16)
    assert torch.equal(torch.from_numpy(values).half().view(torch.int16), torch.from_numpy(float16).view(torch.int16))
    bfloat16 = torch.from_numpy(values).bfloat16().view(torch.int16).numpy().view(np.uint16)
    bits = {"float16": float16.view(np.uint16), "bfloat16": bfloat16}
    save_file({"values": values} | {name: part.astype(np.float32) for name, part in bits.items()}, folder / "half-floats.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
