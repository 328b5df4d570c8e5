#!/usr/bin/env python3
# requires: torch==2.9.1 safetensors==0.8.0 numpy==2.4.6
"""Small weight files as PyTorch and safetensors write them, and what they hold, for the readers' tests.

Writes weight-files/: the same tensors (single, half, bfloat16, double; transposed, sliced, scalar, shared; a parameter; a counter of
integers) as zip .pth, as .pth of the format before PyTorch 1.6, nested under "state_dict", and as safetensors in their own number
types; expected.safetensors has them in single precision. Beside them files that must be refused: a whole module, a pickle that
would run a command, a tensor far larger than its storage, and an entry that unpacks to a thousand times its size.

Usage: python weight-files.py [OUT_FOLDER]
"""
import os
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file


def tensors():
    generator = torch.Generator().manual_seed(5)
    matrix = torch.randn(4, 6, generator=generator)
    special = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 2**-24, 2**-14, float("inf"), float("-inf")])
    return OrderedDict(
        [
            ("single", matrix),
            ("transposed", matrix.t()),
            ("sliced", matrix[1:, ::2]),
            ("scalar", torch.tensor(3.25)),
            ("empty", torch.zeros(0, 3)),
            ("parameter", torch.nn.Parameter(torch.randn(3, generator=generator))),
            ("half", special.half()),
            ("bfloat16", torch.randn(2, 3, generator=generator).bfloat16()),
            ("double", torch.randn(5, generator=generator, dtype=torch.float64)),
            ("counter", torch.tensor(7)),
        ]
    )


class RunsACommand:
    def __reduce__(self):
        return os.system, ("touch pickle-was-executed",)


def main(folder):
    folder.mkdir(exist_ok=True)
    state = tensors()
    torch.save(state, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": state, "arch": "small"}, folder / "nested.pt")
    plain = {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}
    save_file(plain, folder / "types.safetensors", metadata={"written_by": "safetensors"})
    save_file({name: tensor.float() for name, tensor in plain.items() if name != "counter"}, folder / "expected.safetensors")

    torch.save(torch.nn.Linear(2, 2), folder / "module.pth")
    for protocol in (2, 4):
        with zipfile.ZipFile(folder / f"command-{protocol}.pth", "w") as file:
            file.writestr("archive/data.pkl", pickle.dumps({"weight": RunsACommand()}, protocol=protocol))
            file.writestr("archive/version", "3\n")
    torch.save({"wide": torch.zeros(1).expand(2**26)}, folder / "wide.pth")
    with zipfile.ZipFile(folder / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", bytes(4_000_000))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "weight-files")
