#!/usr/bin/env python3
"""Goldens of the DICOM reader: small files of every encoding, and the stored values that are in them.

requires: pydicom==3.0.2 numpy==2.4.6 imagecodecs==2026.3.6 pylibjpeg-openjpeg==2.6.0 pyjpegls==1.5.1

  python dicom.py [folder with the WG-04 files]

Writes dicom.json: {name, file, values}, zlib streams in base64, of bytes and of 32-bit integers. The values are the array that went in where the encoding is
lossless, and what libjpeg-turbo or OpenJPEG makes of the stream where it is not. Given the folder, also
dicom-files.json: a checksum of each real file's values, and for the lossy 12-bit JPEG some 4,000 of its values by libjpeg-turbo.
"""

import base64
import hashlib
import io
import json
import os
import sys
import zlib

import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

HERE = os.path.dirname(os.path.abspath(__file__))


def dataset(values, stored, allocated, signed, syntax, photometric="MONOCHROME2", high_bit=None):
    ds = Dataset()
    ds.preamble = b"\0" * 128
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = "1.2.3.4"
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    ds.Rows, ds.Columns = values.shape[-2:]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated, ds.BitsStored = allocated, stored
    ds.HighBit = stored - 1 if high_bit is None else high_bit
    ds.PixelRepresentation = int(signed)
    if values.ndim == 3:
        ds.NumberOfFrames = values.shape[0]
    return ds


def file_bytes(ds, little=True, implicit=False):
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, little_endian=little, implicit_vr=implicit, enforce_file_format=False, force_encoding=True)
    return out.getvalue()


def cells(values, allocated, little=True):
    kind = {8: "u1", 16: "u2", 32: "u4"}[allocated]
    raw = values.astype(np.int64).astype(kind).astype(("<" if little else ">") + kind).tobytes()
    return raw + b"\0" * (len(raw) % 2)


def case(name, file, values):
    return {
        "name": name,
        "file": base64.b64encode(zlib.compress(file, 9)).decode(),
        "values": {
            "shape": list(values.shape),
            "deflate": base64.b64encode(zlib.compress(values.astype("<i8").astype("<i4").tobytes(), 9)).decode(),
        },
    }


def random_values(rng, stored, signed, shape=(7, 5)):
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1)) if signed else (0, 2**stored)
    values = rng.randint(low, high, shape, dtype=np.int64)
    values.flat[0], values.flat[-1] = low, high - 1
    values.flat[5:12] = values.flat[5]
    return values


def native_cases(rng):
    for stored, allocated in [(8, 8), (6, 8), (10, 16), (12, 16), (14, 16), (16, 16), (32, 32)]:
        for signed in (False, True):
            for photometric in ("MONOCHROME1", "MONOCHROME2") if stored == 12 else ("MONOCHROME2",):
                values = random_values(rng, stored, signed)
                kind = f"{stored} of {allocated} bit, {'signed' if signed else 'unsigned'}, {photometric}"
                ds = dataset(values, stored, allocated, signed, ExplicitVRLittleEndian, photometric)
                ds.PixelData = cells(values, allocated)
                ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
                file = file_bytes(ds)
                if allocated == stored:
                    read = pydicom.dcmread(io.BytesIO(file), force=True)
                    assert (read.pixel_array == values).all()
                yield case(f"explicit little endian, {kind}", file, values)
                if allocated <= 16:
                    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
                    yield case(f"RLE, {kind}", file_bytes(ds), values)
    values = random_values(rng, 12, True)
    ds = dataset(values, 12, 16, True, ImplicitVRLittleEndian)
    ds.PixelData = cells(values, 16)
    yield case("implicit little endian", file_bytes(ds, implicit=True), values)
    bare = io.BytesIO()
    del ds.file_meta
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    pydicom.dcmwrite(bare, ds, little_endian=True, implicit_vr=True)
    yield case("a bare data set, implicit", bare.getvalue(), values)
    ds = dataset(values, 12, 16, True, ExplicitVRBigEndian)
    ds.PixelData = cells(values, 16, little=False)
    ds["PixelData"].VR = "OW"
    yield case("explicit big endian", file_bytes(ds, little=False), values)
    ds = dataset(values, 12, 16, True, DeflatedExplicitVRLittleEndian)
    ds.PixelData = cells(values, 16)
    ds["PixelData"].VR = "OW"
    yield case("deflated", file_bytes(ds), values)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = file_bytes(ds)
    yield case("explicit, no preamble", plain[132:], values)
    # Values in the upper bits, garbage below and above (PS3.5 section 8.1.1, and overlays of old).
    raised = (values & 0xFFF) << 3 | rng.randint(0, 8, values.shape) | (rng.randint(0, 2, values.shape) << 15)
    ds = dataset(values, 12, 16, True, ExplicitVRLittleEndian, high_bit=14)
    ds.PixelData = cells(raised, 16)
    ds["PixelData"].VR = "OW"
    yield case("high bit 14 of 12 stored, garbage around", file_bytes(ds), values)
    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    yield case("RLE, high bit 14 of 12 stored, garbage around", file_bytes(ds), values)
    values = random_values(rng, 12, False)
    ds = dataset(values, 12, 16, False, ExplicitVRLittleEndian)
    ds.PixelData = cells(values | (rng.randint(0, 16, values.shape) << 12), 16)
    ds["PixelData"].VR = "OW"
    yield case("overlay bits above 12 unsigned", file_bytes(ds), values)
    frames = random_values(rng, 16, False, (3, 6, 5))
    ds = dataset(frames, 16, 16, False, ExplicitVRLittleEndian)
    ds.PixelData = cells(frames, 16)
    ds["PixelData"].VR = "OW"
    yield case("three frames", file_bytes(ds), frames[0])
    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    yield case("RLE, three frames", file_bytes(ds), frames[0])


def smooth(stored, signed, shape=(37, 42)):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    values = (0.5 + 0.45 * np.sin(x / 5.0) * np.cos(y / 4.0)) * (2**stored - 1)
    return values.astype(np.int64) - (2 ** (stored - 1) if signed else 0)


def compressed(values, stored, allocated, signed, syntax, frames):
    ds = dataset(values, stored, allocated, signed, syntax)
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return file_bytes(ds)


def fragmented(values, stored, allocated, signed, syntax, frame):
    """One frame in three fragments, which PS3.5 A.4 allows."""
    ds = dataset(values, stored, allocated, signed, syntax)
    ds.PixelData = encapsulate([frame], fragments_per_frame=3, has_bot=False)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return file_bytes(ds)


def compressed_cases():
    for stored, signed in [(8, False), (12, False), (12, True), (16, False), (16, True)]:
        allocated = 8 if stored == 8 else 16
        values = smooth(stored, signed)
        kind = f"{stored} bit, {'signed' if signed else 'unsigned'}"
        for syntax, label in [(JPEG2000Lossless, "JPEG 2000"), (JPEGLSLossless, "JPEG-LS")]:
            ds = dataset(values, stored, allocated, signed, ExplicitVRLittleEndian)
            ds.PixelData = cells(values, allocated)
            ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
            ds.compress(syntax, generate_instance_uid=False)
            yield case(f"{label}, {kind}", file_bytes(ds), values)
    for stored in (8, 12, 16):
        values = smooth(stored, False)
        array = values.astype("u1" if stored == 8 else "u2")
        for predictor in range(1, 8):
            stream = imagecodecs.jpeg8_encode(array, lossless=True, predictor=predictor, bitspersample=stored)
            assert (imagecodecs.jpeg8_decode(stream) == values).all()
            syntax = JPEGLosslessSV1 if predictor == 1 else JPEGLossless
            file = compressed(values, stored, 8 if stored == 8 else 16, False, syntax, [stream])
            yield case(f"JPEG lossless, {stored} bit, predictor {predictor}", file, values)
    noisy = np.random.RandomState(3).randint(0, 65536, (9, 11)).astype("u2")
    stream = imagecodecs.jpeg8_encode(noisy, lossless=True, predictor=1, bitspersample=16)
    yield case("JPEG lossless, 16 bit noise", compressed(noisy, 16, 16, False, JPEGLosslessSV1, [stream]), noisy)
    for level in (98, 60):
        values = smooth(8, False)
        stream = imagecodecs.jpeg8_encode(values.astype("u1"), level=level)
        shown = imagecodecs.jpeg8_decode(stream)
        yield case(f"JPEG baseline, quality {level}", compressed(values, 8, 8, False, JPEGBaseline8Bit, [stream]), shown)
        yield case(f"JPEG extended, 8 bit, quality {level}", compressed(values, 8, 8, False, JPEGExtended12Bit, [stream]), shown)
        values = smooth(12, False)
        stream = imagecodecs.jpeg8_encode(values.astype("u2"), level=level, bitspersample=12)
        shown = imagecodecs.jpeg8_decode(stream)
        yield case(f"JPEG extended, 12 bit, quality {level}", compressed(values, 12, 16, False, JPEGExtended12Bit, [stream]), shown)
    file = fragmented(values, 12, 16, False, JPEGExtended12Bit, stream)
    yield case("JPEG extended in three fragments", file, shown)
    file = compressed(np.stack([values] * 2), 12, 16, False, JPEGExtended12Bit, [stream, stream])
    yield case("JPEG extended, two frames", file, shown)


def write(name, golden):
    path = os.path.join(HERE, name)
    with open(path, "w") as file:
        json.dump(golden, file, indent=None, separators=(",", ":"))
        file.write("\n")
    print(path, os.path.getsize(path), "bytes")


def real_files(folder):
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".dcm"):
            continue
        ds = pydicom.dcmread(os.path.join(folder, name))
        if ds.file_meta.TransferSyntaxUID == JPEGExtended12Bit:
            values = imagecodecs.jpeg8_decode(get_frame(ds.PixelData, 0, number_of_frames=1))
            every = values.size // 4000
            yield {"name": name, "every": every, "values": values.ravel()[::every].tolist()}
        else:
            little = ds.pixel_array.astype(ds.pixel_array.dtype.newbyteorder("<"))
            yield {"name": name, "sha256": hashlib.sha256(little.tobytes()).hexdigest()}


def main():
    rng = np.random.RandomState(20240607)
    write("dicom.json", list(native_cases(rng)) + list(compressed_cases()))
    if len(sys.argv) > 1:
        write("dicom-files.json", list(real_files(sys.argv[1])))


if __name__ == "__main__":
    main()
