#!/usr/bin/env python3
"""More goldens of the DICOM decoders: odd sizes, restart intervals, near-lossless streams, what JPEG 2000 can be cut into.

requires: as dicom.py, whose helpers it uses, and pillow==13.0.0

  python dicom-codecs.py

Writes dicom-codecs.json in the form of dicom.json. Where a stream is lossy the values are what libjpeg-turbo (imagecodecs) or
CharLS (pyjpegls) or OpenJPEG (imagecodecs) makes of it.
"""

import io

import imagecodecs
import numpy as np
import pydicom
from PIL import Image
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom import case, cells, compressed, dataset, file_bytes, smooth, write

SIZES = [(1, 1), (1, 9), (9, 1), (8, 8), (17, 33)]


def native(values, stored):
    allocated = 8 if stored <= 8 else 16
    ds = dataset(values, stored, allocated, False, ExplicitVRLittleEndian)
    ds.PixelData = cells(values, allocated)
    ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
    return ds


def transcoded(values, stored, syntax, **options):
    ds = native(values, stored)
    ds.compress(syntax, generate_instance_uid=False, **options)
    return file_bytes(ds)


def jpeg(values, stored, **options):
    return imagecodecs.jpeg8_encode(values.astype("u1" if stored == 8 else "u2"), bitspersample=stored, **options)


def sized_cases(rng):
    for shape in SIZES:
        size = f"{shape[1]} x {shape[0]}"
        values = rng.randint(0, 4096, shape)
        yield case(f"RLE, {size}", transcoded(values, 12, RLELossless, encoding_plugin="pydicom"), values)
        stream = imagecodecs.jpegls_encode(values.astype("u2"))
        yield case(f"JPEG-LS, {size}", compressed(values, 12, 16, False, JPEGLSLossless, [stream]), values)
        options = {"reversible": True, "level": 0, "codecformat": "j2k", "bitspersample": 12, "resolutions": 1}
        stream = imagecodecs.jpeg2k_encode(values.astype("u2"), **options)
        yield case(f"JPEG 2000, {size}", compressed(values, 12, 16, False, JPEG2000Lossless, [stream]), values)
        for predictor in (1, 7):
            stream = jpeg(values, 12, lossless=True, predictor=predictor)
            yield case(f"JPEG lossless, predictor {predictor}, {size}", compressed(values, 12, 16, False, JPEGLossless, [stream]), values)
        for stored, syntax in ((8, JPEGBaseline8Bit), (12, JPEGExtended12Bit)):
            stream = jpeg(values >> (12 - stored), stored, level=85)
            shown = imagecodecs.jpeg8_decode(stream).reshape(shape)
            file = compressed(shown, stored, 8 if stored == 8 else 16, False, syntax, [stream])
            yield case(f"JPEG of {stored} bit, {size}", file, shown)


def with_restarts(stream, rows, bands, interval):
    """A picture of `bands` times this one, with a restart marker before each but the first."""
    sof = next(at for at in range(len(stream)) if stream[at] == 0xFF and stream[at + 1] in (0xC0, 0xC1, 0xC3))
    sos = stream.index(b"\xff\xda")
    behind_sos = sos + 2 + int.from_bytes(stream[sos + 2 : sos + 4], "big")
    segment = stream[behind_sos:-2]
    header = bytearray(stream[:sos])
    header[sof + 5 : sof + 7] = (rows * bands).to_bytes(2, "big")
    restarts = b"".join(bytes([0xFF, 0xD0 + (band - 1) % 8]) + segment for band in range(1, bands))
    dri = b"\xff\xdd\x00\x04" + interval.to_bytes(2, "big")
    return bytes(header) + dri + stream[sos:behind_sos] + segment + restarts + b"\xff\xd9"


def restart_cases(rng):
    bands = 10
    for stored in (8, 12, 16):
        for predictor in (1, 4, 6):
            band = rng.randint(0, 2**stored, (2, 13))
            stream = with_restarts(jpeg(band, stored, lossless=True, predictor=predictor), 2, bands, 2 * 13)
            values = np.tile(band, (bands, 1))
            assert (imagecodecs.jpeg8_decode(stream) == values).all()
            file = compressed(values, stored, 8 if stored == 8 else 16, False, JPEGLossless, [stream])
            yield case(f"JPEG lossless, {stored} bit, predictor {predictor}, restarts", file, values)
    for stored, syntax in ((8, JPEGBaseline8Bit), (12, JPEGExtended12Bit)):
        band = smooth(stored, False, (8, 21))
        stream = with_restarts(jpeg(band, stored, level=75), 8, bands, 3)
        shown = imagecodecs.jpeg8_decode(stream)
        assert shown.shape == (80, 21)
        file = compressed(shown, stored, 8 if stored == 8 else 16, False, syntax, [stream])
        yield case(f"JPEG of {stored} bit, restarts", file, shown)


def near_cases():
    for stored in (8, 12, 16):
        for near in (1, 4):
            file = transcoded(smooth(stored, False), stored, JPEGLSNearLossless, jls_error=near)
            shown = pydicom.dcmread(io.BytesIO(file), force=True).pixel_array
            assert 0 < np.abs(shown.astype(int) - smooth(stored, False)).max() <= near
            yield case(f"JPEG-LS, {stored} bit, near {near}", file, shown)


def noisy_cases(rng):
    """Quantised so little that coefficients are large, and so much that samples overshoot."""
    for stored, syntax in ((8, JPEGBaseline8Bit), (12, JPEGExtended12Bit)):
        values = rng.choice([0, 2**stored - 1], (40, 40))
        for level in (5, 100):
            stream = jpeg(values, stored, level=level)
            shown = imagecodecs.jpeg8_decode(stream)
            file = compressed(shown, stored, 8 if stored == 8 else 16, False, syntax, [stream])
            yield case(f"JPEG of {stored} bit, black and white noise, quality {level}", file, shown)


PIECES = {
    "tiles": {"tile_size": (32, 24)},
    "tiles on an offset grid, irreversible": {"tile_size": (24, 24), "offset": (3, 5), "tile_offset": (1, 2), "irreversible": True},
    "code-blocks of 4 x 4": {"codeblock_size": (4, 4)},
    "code-blocks of 64 x 4, irreversible": {"codeblock_size": (64, 4), "irreversible": True},
    "precincts": {"precinct_size": (32, 32), "num_resolutions": 3},
    "precincts by place, in tiles": {"precinct_size": (32, 32), "tile_size": (40, 40), "num_resolutions": 3, "progression": "PCRL"},
    "layers": {"quality_mode": "rates", "quality_layers": [20, 6, 2]},
    "layers with loss, by resolution and place": {"quality_mode": "rates", "quality_layers": [40, 10], "progression": "RPCL"},
    "layers with loss, irreversible": {"quality_mode": "rates", "quality_layers": [40, 10], "irreversible": True, "progression": "RLCP"},
    "packet lengths": {"plt": True},
}


def pieces_cases():
    for stored in (8, 16):
        for name, options in PIECES.items():
            if stored == 16 and "irreversible" not in options:
                continue
            values = smooth(stored, False, (46, 60)) ^ np.random.RandomState(5).randint(0, 2, (46, 60))
            out = io.BytesIO()
            Image.fromarray(values.astype("u1" if stored == 8 else "u2")).save(out, "JPEG2000", no_jp2=True, **options)
            shown = imagecodecs.jpeg2k_decode(out.getvalue())
            file = compressed(shown, stored, stored, False, JPEG2000, [out.getvalue()])
            yield case(f"JPEG 2000, {stored} bit, {name}", file, shown)


def main():
    rng = np.random.RandomState(20250301)
    write("dicom-codecs.json", [*sized_cases(rng), *restart_cases(rng), *near_cases(), *noisy_cases(rng), *pieces_cases()])


if __name__ == "__main__":
    main()
