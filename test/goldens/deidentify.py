#!/usr/bin/env python3
"""Goldens of the data set reader behind de-identification: one data set with every VR and nested sequences, in every native encoding.

requires: pydicom==3.0.2 numpy==2.4.6

  python deidentify.py

Writes deidentify.json: {elements, files: [{name, file}]}. `elements` is what pydicom reads back from the explicit little endian file: [tag, vr, bytes in hex, little
endian, or a list of items], private elements too; `file` is a zlib stream in base64. Text has characters of two sets, one value is longer than 64 KiB.
"""

import base64
import io
import json
import os
import zlib

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

HERE = os.path.dirname(os.path.abspath(__file__))


def person(name, *more):
    item = Dataset()
    item.PersonName = name
    item.PersonIdentificationCodeSequence = Sequence([])
    for value in more:
        code = Dataset()
        code.CodeValue = value
        code.CodingSchemeDesignator = "99LOCAL"
        code.CodeMeaning = f"meaning of {value}"
        item.PersonIdentificationCodeSequence.append(code)
    return item


def dataset():
    ds = Dataset()
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    ds.SOPInstanceUID = "1.2.3.4.5.6"
    ds.StudyDate = "20240229"
    ds.AcquisitionDateTime = "20240229235959.123456+0100"
    ds.StudyTime = "235959.5"
    ds.RetrieveAETitle = ["ONE", "TWO"]  # AE
    ds.InstitutionAddress = "Street 1\r\nTown"  # ST
    ds.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"  # PN
    ds.PatientID = "ID-1"
    ds.PatientAge = "044Y"  # AS
    ds.PatientComments = "a long text\r\nof two lines"  # LT
    ds.Manufacturer = "Maker"
    ds.BodyPartThickness = "52.5"  # DS
    ds.SeriesNumber = "3"  # IS
    ds.StudyInstanceUID = "1.2.3.4"
    ds.FrameIncrementPointer = [0x00181063, 0x00540010]  # AT
    ds.ReferencePixelX0 = -7  # SL
    ds.PixelSpacingCalibrationDescription = "calibrated"  # LO
    ds.RealWorldValueSlope = 0.125  # FD
    ds.RecommendedDisplayFrameRateInFloat = 1.5  # FL
    ds.TriggerSamplePosition = [1, 70000]  # UL
    ds.PixelPaddingValue = -5  # SS, for pixels are signed
    ds.PurposeOfReferenceCodeSequence = Sequence([])
    ds.RequestAttributesSequence = Sequence([])
    for number in (1, 2):
        item = Dataset()
        item.RequestedProcedureID = f"RP{number}"
        item.ContentSequence = Sequence([person("Doe^Jane", "C1", "C2"), person("Roe^Richard")])
        ds.RequestAttributesSequence.append(item)
    ds.LongCodeValue = "unlimited characters"  # UC
    ds.URNCodeValue = "urn:oid:1.2.3"  # UR
    ds.ExtendedOffsetTable = bytes(range(16))  # OV
    ds.SelectorSVValue = [-(2**40), 5]  # SV
    ds.SelectorUNValue = b"un"  # UN
    ds.SelectorUVValue = [2**50]  # UV
    ds.TrackPointIndexList = bytes(range(8))  # OL
    ds.PointCoordinatesData = bytes(range(16))  # OF
    ds.DoublePointCoordinatesData = bytes(range(32))  # OD
    ds.ICCProfile = bytes(range(7))  # OB of odd length
    ds.TextValue = "x" * 70001  # UT
    block = ds.private_block(0x0009, "SECRET MAKER", create=True)
    block.add_new(0x01, "LO", "a private name")
    block.add_new(0x02, "SQ", [person("Private^Person")])
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 2, 3, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 1
    return ds


def file_bytes(syntax):
    ds = dataset()
    samples = [0, 1, 2, 2047, -1, -2048]
    ds.PixelData = b"".join(value.to_bytes(2, "little", signed=True) for value in samples)
    ds["PixelData"].VR = "OW"
    if syntax == ExplicitVRBigEndian:  # pydicom leaves the order of words in bulk values to the caller
        for element in ds:
            size = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}.get(element.VR)
            if size:
                words = [element.value[at : at + size][::-1] for at in range(0, len(element.value), size)]
                element.value = b"".join(words)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def raw_bytes(value):
    """The bytes of a raw element; pydicom has converted the few that others depend on (character set, pixel representation)."""
    if isinstance(value, int):
        return value.to_bytes(2, "little")
    if isinstance(value, bytes):
        return value
    text = "\\".join(value or []).encode()
    return text + b" " * (len(text) % 2)


def tree(ds):
    """What lies in a file, by the positions that pydicom notes: values as bytes, without its conversions."""
    elements = []
    for tag in sorted(ds.keys()):
        raw = ds.get_item(tag)
        if raw.VR == "SQ":
            elements.append([f"{tag:08X}", "SQ", [tree(item) for item in ds[tag].value]])
        else:
            elements.append([f"{tag:08X}", raw.VR, raw_bytes(raw.value).hex()])
    return elements


def main():
    names = {
        "explicit little endian": ExplicitVRLittleEndian,
        "implicit little endian": ImplicitVRLittleEndian,
        "explicit big endian": ExplicitVRBigEndian,
        "deflated": DeflatedExplicitVRLittleEndian,
    }
    files = {name: file_bytes(syntax) for name, syntax in names.items()}
    # Raw elements, as read: a value is bytes until somebody asks for it.
    elements = tree(pydicom.dcmread(io.BytesIO(files["explicit little endian"])))
    path = os.path.join(HERE, "deidentify.json")
    with open(path, "w", encoding="utf-8") as out:
        cases = [{"name": name, "file": base64.b64encode(zlib.compress(file, 9)).decode()} for name, file in files.items()]
        text = zlib.compress(json.dumps(elements).encode(), 9)
        json.dump({"elements": base64.b64encode(text).decode(), "files": cases}, out, indent=1)
        out.write("\n")
    print(path, os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main()
