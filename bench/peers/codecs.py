#!/usr/bin/env python3
"""The peer of bench/codecs.ts: pydicom with each of its plugins; and the writer of the files that both sides read.

  python codecs.py encode OUT FILE...    writes OUT/<encoding>/<n>.dcm of every uncompressed DICOM file
  python codecs.py serve OUT             greets with a line of JSON, then answers each line with one: "<encoding>" with its plugins
                                         and their versions, "<encoding> <plugin>" with {files: [{seconds (of processor time),
                                         sha256 (of the values)}]}, or {files: null} where the plugin cannot decode it

One thread. Needs requirements.txt beside this file.
"""

import hashlib
import io
import json
import os
import sys
import time
from importlib.metadata import version

import imagecodecs
import numpy as np
import pydicom
import pydicom.uid as uid
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder, pixel_array

def with_stream(ds, syntax, stream):
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def jpeg(ds, syntax, bits, **options):
    """By libjpeg-turbo; what has more bits than the process allows loses its lowest."""
    values = ds.pixel_array >> max(0, ds.BitsStored - bits)
    bits = min(bits, ds.BitsStored)
    kind = "u1" if bits <= 8 else "u2"
    stream = imagecodecs.jpeg8_encode(np.ascontiguousarray(values.astype(kind)), bitspersample=bits, **options)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8 if bits <= 8 else 16, bits, bits - 1
    return with_stream(ds, syntax, stream)


def compressed(ds, syntax, **options):
    ds.compress(syntax, generate_instance_uid=False, **options)
    return ds


def deflated(ds):
    ds.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    return ds


def htj2k(ds):
    return with_stream(ds, uid.HTJ2KLossless, imagecodecs.htj2k_encode(ds.pixel_array, reversible=True))


ENCODINGS = {
    "deflated": deflated,
    "rle": lambda ds: compressed(ds, uid.RLELossless, encoding_plugin="pylibjpeg"),
    "jpeg-baseline": lambda ds: jpeg(ds, uid.JPEGBaseline8Bit, 8, level=90),
    "jpeg-extended": lambda ds: jpeg(ds, uid.JPEGExtended12Bit, 12, level=90),
    "jpeg-lossless": lambda ds: jpeg(ds, uid.JPEGLosslessSV1, 16, lossless=True, predictor=1),
    "jpeg-lossless-4": lambda ds: jpeg(ds, uid.JPEGLossless, 16, lossless=True, predictor=4),
    "jpeg-ls": lambda ds: compressed(ds, uid.JPEGLSLossless),
    "jpeg-ls-near": lambda ds: compressed(ds, uid.JPEGLSNearLossless, jls_error=2),
    "jpeg-2000": lambda ds: compressed(ds, uid.JPEG2000Lossless),
    "jpeg-2000-lossy": lambda ds: compressed(ds, uid.JPEG2000, j2k_cr=[10]),
    "htj2k": htj2k,
}


def encode(out, files):
    for encoding, write in ENCODINGS.items():
        os.makedirs(os.path.join(out, encoding), exist_ok=True)
        for number, path in enumerate(files):
            target = os.path.join(out, encoding, f"{number}.dcm")
            write(pydicom.dcmread(path)).save_as(target, enforce_file_format=False)


def read_all(out, encoding):
    folder = os.path.join(out, encoding)
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            yield file.read()


def plugins(out, encoding):
    syntax = pydicom.dcmread(io.BytesIO(next(read_all(out, encoding)))).file_meta.TransferSyntaxUID
    names = get_decoder(syntax).available_plugins or ["pydicom"]
    return {name: f"{package} {version(package)}" for name in names for package in [package_of(name, encoding)]}


def package_of(plugin, encoding):
    if plugin != "pylibjpeg":
        return {"gdcm": "python-gdcm"}.get(plugin, plugin)
    return "pylibjpeg-" + {"rle": "rle", "jpeg-2000": "openjpeg", "jpeg-2000-lossy": "openjpeg", "htj2k": "openjpeg"}.get(
        encoding, "libjpeg"
    )


def decode_all(out, encoding, plugin):
    files = []
    for contents in read_all(out, encoding):
        start = time.process_time()
        ds = pydicom.dcmread(io.BytesIO(contents))
        values = ds.pixel_array if encoding == "deflated" else pixel_array(ds, decoding_plugin=plugin)
        seconds = time.process_time() - start
        files.append({"seconds": seconds, "sha256": hashlib.sha256(values.tobytes()).hexdigest()})
    return files


def answer(out, encoding, plugin=None):
    if plugin is None:
        return plugins(out, encoding)
    try:
        return {"files": decode_all(out, encoding, plugin)}
    except RuntimeError:
        return {"files": None}


def main():
    command, out, *files = sys.argv[1:]
    if command == "encode":
        encode(out, files)
    else:
        print(json.dumps({"pydicom": pydicom.__version__}), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(out, *line.split())), flush=True)


if __name__ == "__main__":
    main()
