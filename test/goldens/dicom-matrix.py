#!/usr/bin/env python3
"""The comparison matrix of the DICOM reader: what pydicom finds in files of every syntax, cell layout, sign and photometric interpretation.

requires: pydicom==3.0.2 numpy==2.4.6 imagecodecs==2026.3.6 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0
          pylibjpeg-rle==2.2.0 pyjpegls==1.5.1

Writes dicom-matrix.json. Its files and arrays lie one behind another in zlib streams in base64; cases say where:
  pixels: stored values by pixel_array, int32, and by how much a lossy decoder may differ
  grey: modality values by apply_modality_lut, and display values by apply_windowing and apply_voi, scaled to 0..1, float64

Where pydicom is not the measure, because it cannot read the file or reads it in another way than the standard says, `expect` holds the values that
were written and its comment the reason.
"""

import base64
import io
import json
import os
import warnings
import zlib

import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import apply_modality_lut, apply_windowing
from pydicom.pixels.processing import apply_voi
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2K,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from rle.utils import encode_pixel_data

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2")
SMOOTH = (18, 20)


def header(shape, stored, allocated, signed, syntax, photometric="MONOCHROME2"):
    ds = Dataset()
    ds.preamble = b"\0" * 128
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = photometric
    if len(shape) == 3:
        ds.NumberOfFrames = shape[0]
    ds.Rows, ds.Columns = shape[-2:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored, stored - 1
    ds.PixelRepresentation = int(signed)
    return ds


def native(values, stored, allocated, signed, syntax=ExplicitVRLittleEndian, photometric="MONOCHROME2", vr=None):
    """Cells as most writers make them: negative values fill the bits above BitsStored."""
    if syntax == RLELossless:
        frames = values.reshape((-1, *values.shape[-2:]))
        streams = [rle_stream(frame, allocated) for frame in frames]
        return encoded(streams, values.shape, stored, allocated, signed, syntax, photometric)
    ds = header(values.shape, stored, allocated, signed, syntax, photometric)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    kind = {8: "1", 16: "2", 32: "4"}[allocated]
    raw = values.astype(order + ("i" if signed else "u") + kind).tobytes()
    raw += b"\0" * (len(raw) % 2)
    is_swapped = vr == "OW" and allocated == 8 and order == ">"
    ds.PixelData = np.frombuffer(raw, "<u2").astype(">u2").tobytes() if is_swapped else raw
    ds["PixelData"].VR = vr or ("OB" if allocated == 8 and syntax != ImplicitVRLittleEndian else "OW")
    return ds


def rle_stream(frame, allocated):
    """By pylibjpeg-rle: pydicom's own encoder knows no cells of 32 bits, and takes those half empty for smaller ones."""
    cells = frame.astype(np.int64).astype(f"<u{allocated // 8}").tobytes()
    rows, columns = frame.shape
    return encode_pixel_data(cells, rows=rows, columns=columns, samples_per_pixel=1, bits_allocated=allocated, number_of_frames=1, byteorder="<")


def encoded(streams, shape, stored, allocated, signed, syntax, photometric="MONOCHROME2", **options):
    ds = header(shape, stored, allocated, signed, syntax, photometric)
    ds.PixelData = encapsulate(streams, **options)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def file_bytes(ds):
    syntax = ds.file_meta.TransferSyntaxUID
    out = io.BytesIO()
    pydicom.dcmwrite(
        out,
        ds,
        little_endian=syntax != ExplicitVRBigEndian,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        enforce_file_format=False,
        force_encoding=True,
    )
    return out.getvalue()


class Blob:
    """Byte strings one behind another, each once."""

    def __init__(self):
        self.parts, self.places, self.end = [], {}, 0

    def put(self, content):
        if content not in self.places:
            self.places[content] = [self.end, len(content)]
            self.parts.append(content)
            self.end += len(content)
        return self.places[content]

    def packed(self):
        return base64.b64encode(zlib.compress(b"".join(self.parts), 9)).decode()


FILES, ARRAYS = Blob(), Blob()


def pixels(name, ds, tolerance=0, frame=None, expect=None, written=None):
    """`written`: what a lossless stream must give back, so that a mistake here does not become a golden."""
    file = file_bytes(ds)
    try:
        values = expect if expect is not None else pydicom.dcmread(io.BytesIO(file)).pixel_array
    except Exception as error:
        raise RuntimeError(name) from error
    if written is not None:
        assert np.array_equal(values, written), name
    if frame is not None:
        values = values[frame]
    case = {"name": name, "file": FILES.put(file), "values": ARRAYS.put(values.astype("<i8").astype("<i4").tobytes())}
    return case | ({"tolerance": tolerance} if tolerance else {}) | ({"frame": frame} if frame is not None else {})


def sign_word(signed):
    return "signed" if signed else "unsigned"


def spread(stored, signed, shape=(7, 5), seed=1):
    """Every part of the range, its ends included."""
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1)) if signed else (0, 2**stored)
    values = np.random.RandomState(seed).randint(low, high, shape, dtype=np.int64)
    values.flat[0], values.flat[-1] = low, high - 1
    values.flat[5:12] = values.flat[5]
    return values


def smooth(stored, signed):
    y, x = np.mgrid[0 : SMOOTH[0], 0 : SMOOTH[1]]
    values = (0.5 + 0.5 * np.sin(x / 5.0) * np.cos(y / 4.0)) * (2**stored - 1)
    return values.astype(np.int64) - (2 ** (stored - 1) if signed else 0)


# --- pixels ---------------------------------------------------------------------------------------------------------------------------


def native_matrix():
    syntaxes = {
        "implicit little endian": ImplicitVRLittleEndian,
        "explicit little endian": ExplicitVRLittleEndian,
        "explicit big endian": ExplicitVRBigEndian,
        "deflated": DeflatedExplicitVRLittleEndian,
        "RLE": RLELossless,
    }
    layouts = [(8, 8), (7, 8), (1, 8), (10, 16), (12, 16), (14, 16), (16, 16), (8, 16), (20, 32), (32, 32)]
    for label, syntax in syntaxes.items():
        for stored, allocated in layouts:
            for signed in (False, True):
                for photometric in PHOTOMETRIC:
                    values = spread(stored, signed)
                    ds = native(values, stored, allocated, signed, syntax, photometric)
                    name = f"{label}, {stored} of {allocated} bit, {sign_word(signed)}, {photometric}"
                    yield pixels(name, ds, written=values)
    values = spread(8, False)
    yield pixels("big endian, 8 bit in words", native(values, 8, 8, False, ExplicitVRBigEndian, vr="OW"), written=values)
    values = spread(8, False, (3, 7, 5))
    for frame in range(3):
        ds = native(values, 8, 8, False, ExplicitVRBigEndian, vr="OW")
        yield pixels(f"big endian, 8 bit in words, frame {frame} of odd length", ds, frame=frame, written=values)


def lossless_matrix():
    """Streams of as many bits as are stored. JPEG and JPEG-LS know no sign: they carry the lower bits of a negative value."""
    for stored in (8, 10, 12, 14, 16):
        allocated = 8 if stored == 8 else 16
        for signed in (False, True):
            values = smooth(stored, signed)
            array = values.astype(("i" if signed else "u") + str(allocated // 8))
            lower_bits = (values & (2**stored - 1)).astype("u" + str(allocated // 8))
            for photometric in PHOTOMETRIC:

                def case(label, syntax, stream, expect=None):
                    ds = encoded([stream], SMOOTH, stored, allocated, signed, syntax, photometric)
                    name = f"{label}, {stored} bit, {sign_word(signed)}, {photometric}"
                    return pixels(name, ds, expect=expect, written=values)

                for predictor in (1, 6) if photometric == "MONOCHROME2" else (1,):
                    stream = imagecodecs.jpeg8_encode(lower_bits, lossless=True, predictor=predictor, bitspersample=stored)
                    syntax = JPEGLosslessSV1 if predictor == 1 else JPEGLossless
                    yield case(f"JPEG lossless, predictor {predictor}", syntax, stream)
                stream = imagecodecs.jpeg2k_encode(array, codecformat="j2k", reversible=True, bitspersample=stored, resolutions=2)
                yield case("JPEG 2000 lossless", JPEG2000Lossless, stream)
                for syntax, label, options in (
                    (HTJ2KLossless, "HTJ2K lossless", {}),
                    (HTJ2KLosslessRPCL, "HTJ2K lossless RPCL", {"tlm": True, "resolutions": 2}),
                    (HTJ2K, "HTJ2K, reversible and tiled", {"tile": (8, 8), "resolutions": 1}),
                ):
                    yield case(label, syntax, imagecodecs.htj2k_encode(array, reversible=True, **options))
                ds = native(values, stored, allocated, signed, photometric=photometric)
                ds.compress(JPEGLSLossless, generate_instance_uid=False)
                yield pixels(f"JPEG-LS lossless, {stored} bit, {sign_word(signed)}, {photometric}", ds, written=values)


def lossy_matrix():
    for photometric in PHOTOMETRIC:
        for stored in (8, 12, 16):
            allocated = 8 if stored == 8 else 16
            values = smooth(stored, False)
            array = values.astype("u" + str(allocated // 8))

            def case(label, syntax, stream, tolerance):
                ds = encoded([stream], SMOOTH, stored, allocated, False, syntax, photometric)
                # Not by pydicom's pixel_array, whose libjpeg does not know 12 bits in every build: imagecodecs has libjpeg-turbo.
                is_jpeg = syntax in (JPEGBaseline8Bit, JPEGExtended12Bit)
                expect = imagecodecs.jpeg8_decode(stream) if is_jpeg else None
                return pixels(f"{label}, {stored} bit, {photometric}", ds, tolerance, expect=expect)

            if stored == 8:
                yield case("JPEG baseline", JPEGBaseline8Bit, imagecodecs.jpeg8_encode(array, level=90), 1)
            if stored <= 12:
                stream = imagecodecs.jpeg8_encode(array, level=90, bitspersample=stored)
                yield case("JPEG extended", JPEGExtended12Bit, stream, 1)
            stream = imagecodecs.jpeg2k_encode(array, codecformat="j2k", level=42, bitspersample=stored, resolutions=2)
            yield case("JPEG 2000 lossy", JPEG2000, stream, 1)
            yield case("HTJ2K lossy", HTJ2K, imagecodecs.htj2k_encode(array, level=0.002, reversible=False, resolutions=2), 2)
            ds = native(values, stored, allocated, False, photometric=photometric)
            ds.compress(JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
            yield pixels(f"JPEG-LS near-lossless, {stored} bit, {photometric}", ds)


def disagreements():
    """Header and stream say different things about bits and sign; the stream knows."""
    wide = smooth(12, True)
    for stream_signed in (False, True):
        values = wide if stream_signed else wide + 2048
        array = values.astype("i2" if stream_signed else "u2")
        stream = imagecodecs.jpeg2k_encode(array, codecformat="j2k", reversible=True, bitspersample=12, resolutions=2)
        for signed in (False, True):
            for stored in (12, 16):
                ds = encoded([stream], SMOOTH, stored, 16, signed, JPEG2000Lossless)
                name = f"JPEG 2000 of 12 bit, {sign_word(stream_signed)}, said to be {stored} bit, {sign_word(signed)}"
                yield pixels(name, ds)
    stream = imagecodecs.jpeg8_encode((wide & 0xFFF).astype("u2"), lossless=True, predictor=1, bitspersample=12)
    # Expected: the sign of 12 bits, as for JPEG 2000; pydicom's plugin takes BitsStored and finds no negative value.
    ds = encoded([stream], SMOOTH, 16, 16, True, JPEGLosslessSV1)
    yield pixels("JPEG lossless of 12 bit, said to be 16 bit, signed", ds, expect=wide)
    # Whole cells coded, as "true lossless" encoders do, with overlay bits of old above the value: PS3.5 8.1.1 says what counts.
    cells = (wide & 0xFFF) | 0x5000
    stream = imagecodecs.jpeg8_encode(cells.astype("u2"), lossless=True, predictor=1, bitspersample=16)
    for signed in (False, True):
        ds = encoded([stream], SMOOTH, 12, 16, signed, JPEGLosslessSV1)
        yield pixels(f"JPEG lossless of whole cells, 12 bit, {sign_word(signed)}", ds, expect=wide if signed else wide & 0xFFF)
    stream = imagecodecs.jpegls_encode(cells.astype("u2"))
    ds = encoded([stream], SMOOTH, 12, 16, True, JPEGLSLossless)
    yield pixels("JPEG-LS of whole cells, 12 bit, signed", ds, expect=wide)


def frames_matrix():
    values = np.stack([np.roll(smooth(12, False), 3 * frame, axis=1) for frame in range(3)])
    stored, shape = 12, values.shape

    def streams_of(encode):
        return [bytes(encode(frame.astype("u2"))) for frame in values]

    codecs = {
        "JPEG lossless": (JPEGLosslessSV1, lambda a: imagecodecs.jpeg8_encode(a, lossless=True, predictor=1, bitspersample=12)),
        "JPEG 2000": (JPEG2000Lossless, lambda a: imagecodecs.jpeg2k_encode(a, codecformat="j2k", reversible=True, bitspersample=12, resolutions=2)),
        "HTJ2K": (HTJ2KLossless, lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
    }
    for frame in range(3):
        for label, syntax in (("native", ExplicitVRLittleEndian), ("big endian", ExplicitVRBigEndian), ("RLE", RLELossless)):
            ds = native(values, stored, 16, False, syntax)
            yield pixels(f"{label}, frame {frame} of 3", ds, frame=frame, written=values)
        for label, (syntax, encode) in codecs.items():
            streams = streams_of(encode)
            layouts = {
                "a fragment each, no table": {"fragments_per_frame": 1, "has_bot": False},
                "a fragment each, Basic Offset Table": {"fragments_per_frame": 1, "has_bot": True},
                "four fragments each, no table": {"fragments_per_frame": 4, "has_bot": False},
                "four fragments each, Basic Offset Table": {"fragments_per_frame": 4, "has_bot": True},
            }
            for layout, options in layouts.items():
                ds = encoded(streams, shape, stored, 16, False, syntax, **options)
                yield pixels(f"{label}, {layout}, frame {frame} of 3", ds, frame=frame, written=values)
            ds = encoded(streams, shape, stored, 16, False, syntax)
            ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(streams)
            yield pixels(f"{label}, Extended Offset Table, frame {frame} of 3", ds, frame=frame, written=values)


# --- grey -----------------------------------------------------------------------------------------------------------------------------


def table(first, values, bits, vr="US", signed=False, entries=None, explanation=None):
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", [len(values) % 65536 if entries is None else entries, first, bits])
    if explanation:
        item.LUTExplanation = explanation
    values = np.asarray(values)
    item.add_new("LUTData", vr, values.astype("<u2").tobytes() if vr == "OW" else values.tolist())
    return item


def item_entries(item):
    return np.frombuffer(item.LUTData, "<u2") if item["LUTData"].VR == "OW" else item.LUTData


def shown(array, ds, index, kind):
    """0..1: pydicom scales a window to the range of the modality values, whose ends two extreme values show."""
    if kind == "lut":
        item = ds.VOILUTSequence[index]
        if item.LUTDescriptor[2] == 8:  # where pydicom counts entries modulo 256: PS3.3 C.11.2.1.1 by hand
            entries = np.asarray(item_entries(item))[np.clip(array - item.LUTDescriptor[1], 0, item.LUTDescriptor[0] - 1)]
        else:
            entries = apply_voi(array, ds, index).astype(float)
        return entries / (2 ** item.LUTDescriptor[2] - 1)
    low, high = apply_windowing(np.array([-1e12, 1e12]), ds, index)
    return (apply_windowing(array.astype(float), ds, index) - low) / (high - low)


def grey(name, ds, windows=0, luts=0, values=None):
    file = file_bytes(ds)
    read = pydicom.dcmread(io.BytesIO(file))
    array = read.pixel_array
    modality = apply_modality_lut(array, read)
    if luts and np.array_equal(modality, np.trunc(modality)):
        modality = modality.astype(np.int64)  # a VOI LUT of pydicom's counts from its first value mapped in whole numbers
    place = lambda numbers: ARRAYS.put(np.asarray(numbers, dtype="<f8").tobytes())
    return {
        "name": name,
        "file": FILES.put(file),
        "modality": place(modality),
        "windows": [place(shown(modality, read, index, "window")) for index in range(windows)],
        "voiLuts": [place(shown(modality, read, index, "lut")) for index in range(luts)],
    }


def rescale_cases():
    for slope, intercept in ((1, -1024), (2.5, -100.25), (-1, 4095), (0.0625, 0)):
        for signed in (False, True):
            ds = native(spread(12, signed), 12, 16, signed)
            ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = slope, intercept, "US"
            yield grey(f"rescale {slope}, {intercept}, {sign_word(signed)}", ds)


def modality_table_cases():
    for vr in ("US", "OW"):
        for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
            for bits in (8, 16):
                ds = native(spread(10, False), 10, 16, False, syntax)
                steps = (np.arange(600) * 7) % 2**bits
                ds.ModalityLUTSequence = Sequence([table(200, steps, bits, vr)])
                ds.ModalityLUTSequence[0].ModalityLUTType = "US"
                label = "implicit" if syntax == ImplicitVRLittleEndian else "explicit"
                yield grey(f"Modality LUT, {bits} bit, data {vr}, {label}", ds)
    for first in (-512, -100, 30):
        ds = native(spread(10, True), 10, 16, True)
        ds.ModalityLUTSequence = Sequence([table(first, np.arange(700) * 3, 16, signed=True)])
        yield grey(f"Modality LUT, signed input, first value mapped {first}", ds)
    ds = native(spread(16, False), 16, 16, False)
    ds.ModalityLUTSequence = Sequence([table(0, 65535 - np.arange(65536) // 256 * 256, 16, "OW", entries=0)])
    yield grey("Modality LUT of 65,536 entries", ds)
    ds = native(spread(10, False), 10, 16, False, ExplicitVRBigEndian)
    ds.ModalityLUTSequence = Sequence([table(3, np.arange(1000), 16)])
    yield grey("Modality LUT, big endian", ds)
    ds = native(spread(10, False), 10, 16, False)
    ds.ModalityLUTSequence = Sequence([table(0, np.arange(1024) * 4, 16)])
    ds.WindowCenter, ds.WindowWidth = [2000, 100], [3000, 50]
    yield grey("Modality LUT, then windows", ds, windows=2)
    ds.VOILUTSequence = Sequence([table(100, np.arange(4000), 12)])
    yield grey("Modality LUT, then windows and a VOI LUT", ds, windows=2, luts=1)


def voi_table_cases():
    for bits in (8, 10, 12, 16):
        for vr in ("US", "OW"):
            ds = native(spread(12, False), 12, 16, False)
            curve = (2**bits - 1) * np.sqrt(np.arange(3000) / 3000)
            ds.VOILUTSequence = Sequence([table(500, curve.astype(int), bits, vr, explanation="SOFT"), table(0, [0, 2**bits - 1], bits)])
            yield grey(f"two VOI LUTs, {bits} bit, data {vr}", ds, luts=2)
    ds = native(spread(12, True), 12, 16, True)
    ds.VOILUTSequence = Sequence([table(-1000, np.arange(2000), 11, signed=True)])
    yield grey("VOI LUT, signed input", ds, luts=1)
    for slope, intercept in ((1, -1024), (2, -3000), (1, 500)):
        ds = native(spread(12, False), 12, 16, False)
        ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
        ds.VOILUTSequence = Sequence([table(intercept + 100, np.arange(3000), 12, signed=intercept < 0)])
        yield grey(f"rescale {slope}, {intercept}, then a VOI LUT", ds, luts=1)
    ds = native(spread(16, False), 16, 16, False)
    ds.VOILUTSequence = Sequence([table(40000, np.arange(20000), 16)])
    yield grey("VOI LUT, unsigned first value mapped above 32,767", ds, luts=1)


def window_cases():
    windows = {"LINEAR": ([1000, 2047.5, 2000, 300.25], [500, 1, 4096, 33.5]), "LINEAR_EXACT": ([1000, 2047.5, 10], [500, 0.5, 1e4])}
    windows["SIGMOID"] = windows["LINEAR_EXACT"]
    for function, (centers, widths) in windows.items():
        for photometric in PHOTOMETRIC:
            for signed in (False, True):
                for rescale in (None, (1, -1024), (-0.5, 2047.75)):
                    ds = native(spread(12, signed), 12, 16, signed, photometric=photometric)
                    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = centers, widths, function
                    if rescale:
                        ds.RescaleSlope, ds.RescaleIntercept = rescale
                    name = f"{function} windows, {sign_word(signed)}, {photometric}, rescale {rescale}"
                    yield grey(name, ds, windows=len(centers))


def main():
    warnings.simplefilter("ignore")
    pixel_cases = [*native_matrix(), *lossless_matrix(), *lossy_matrix(), *disagreements(), *frames_matrix()]
    grey_cases = [*rescale_cases(), *modality_table_cases(), *voi_table_cases(), *window_cases()]
    golden = {"files": FILES.packed(), "arrays": ARRAYS.packed(), "pixels": pixel_cases, "grey": grey_cases}
    path = os.path.join(HERE, "dicom-matrix.json")
    with open(path, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")
    print(path, os.path.getsize(path), "bytes,", len(pixel_cases), "and", len(grey_cases), "cases")


if __name__ == "__main__":
    main()
