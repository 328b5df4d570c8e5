#!/usr/bin/env python3
"""Checks de-identified files against their originals by an independent reader and table.

requires: pydicom==3.0.2 dicom-anonymizer==2.1.0 numpy==2.4.6

The arguments are what the verb printed, and its output:

  mammoflow deidentify SOURCE --out OUT --key-file KEY --json > run.json && python check-deidentified.py run.json OUT

Every attribute of PS3.15 Table E.1-1 that an original has, at any depth, must have met its action; its text must not be anywhere in the output's header; UIDs must map one to
one over all files; dates of a patient must have moved by one number of days; pixels must be equal wherever they were not masked, which leaves one value. Ends with 1 if not.
"""

import datetime
import json
import os
import re
import sys
from collections import Counter, defaultdict

import numpy as np
import pydicom
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.datadict import dictionary_VR

problems = Counter()
checked = Counter()
uids = {}
shifts = defaultdict(set)

ACTIONS = {}
for name in ("D", "Z", "X", "U", "Z_D", "X_Z", "X_D", "X_Z_D", "X_Z_U_STAR"):
    for tag in getattr(table, f"{name}_TAGS"):
        if len(tag) == 2:
            ACTIONS[(tag[0] << 16) | tag[1]] = name


def problem(kind, what):
    problems[kind] += 1
    if problems[kind] <= 5:
        print(f"{kind}: {what}")


def text_of(element):
    value = element.value
    return "\\".join(map(str, value)) if isinstance(value, pydicom.multival.MultiValue) else str(value or "")


def check_uids(name, before, after):
    for old, new in zip(text_of(before).split("\\"), text_of(after).split("\\")):
        if old.startswith("1.2.840.10008.") or old == "":
            if old != new:
                problem("well-known UID changed", f"{name} {old} {new}")
        elif uids.setdefault(old, new) != new:
            problem("UID replaced in two ways", f"{name} {old}")
        elif not re.fullmatch(r"2\.25\.[1-9]\d{1,38}", new):
            problem("no valid UID", f"{name} {new}")


def check_moved(name, patient, before, after):
    vr = before.VR
    old, new = text_of(before), text_of(after)
    if vr == "TM":
        if old != new:
            problem("time of day changed", f"{name} {old} {new}")
        return
    if not re.match(r"\d{8}", old) or not re.match(r"\d{8}", new):
        return
    day = lambda text: datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    shifts[patient].add((day(old) - day(new)).days)


def check(path, before, after, header, patient, kept):
    for old in before:
        tag = int(old.tag)
        new = after.get(old.tag)
        name = f"{path}{old.tag} {old.keyword}"
        group = tag >> 16
        if group % 2 or 0x5000 <= group < 0x5100 or 0x6000 <= group < 0x6100:
            checked["private, curves, overlays"] += 1
            if new is not None:
                problem("left in", name)
            continue
        action = ACTIONS.get(tag)
        if action is None:
            if old.VR == "SQ" and new is not None:
                for item, other in zip(old.value, new.value):
                    check(f"{name} > ", item, other, header, patient, kept)
            continue
        checked[action] += 1
        is_date = dictionary_VR(tag) in ("DA", "DT", "TM") and "Birth" not in old.keyword
        if is_date and new is not None and (text_of(old) or not text_of(new)):  # nothing may stay nothing
            check_moved(name, patient, old, new)
            continue
        if action == "X" and new is not None:
            problem("not removed", name)
        elif action != "X" and new is None:
            problem("gone", name)
        elif action == "Z" and new.value not in (None, "") and len(new.value) > 0:
            problem("not emptied", name)
        elif action == "U":
            check_uids(name, old, new)
        elif action == "X_Z_U_STAR":
            for item, other in zip(old.value, new.value):
                check(f"{name} > ", item, other, header, patient, kept)
        elif action in ("D", "Z_D", "X_D", "X_Z_D") and old.VR != "SQ" and text_of(old) and not text_of(new):
            problem("no replacement", name)
        if old.VR not in ("SQ", "OB", "OW", "UN", "CS", "AS", "DA") and action != "U":
            text = text_of(old)
            if len(text) > 5 and text.encode() in header and not any(text in value for value in kept):
                problem("text survives", f"{name}: {text!r}")


def check_pixels(name, before, after):
    if "PixelData" not in before:
        return
    if before.file_meta.TransferSyntaxUID == after.file_meta.TransferSyntaxUID and before.PixelData == after.PixelData:
        checked["pixel data passed to the byte"] += 1
        return
    try:
        old = before.pixel_array
    except (RuntimeError, ValueError):  # no plugin reads the 12 bit lossy JPEG of the WG-04 files; a number of frames that is none
        checked["pixel data that pydicom cannot decode"] += 1
        return
    new = after.pixel_array
    checked["pixels"] += old.size
    changed = old != new
    if changed.any():
        values = np.unique(new[changed])
        if len(values) != 1:
            problem("masked with several values", f"{name} {values[:5]}")
        if after.BurnedInAnnotation != "NO":
            problem("masked and not said", name)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        run = json.load(file)
    for entry in run["files"]:
        path = os.path.join(sys.argv[2], entry["output"])
        before = pydicom.dcmread(entry["source"], force=True)
        after = pydicom.dcmread(path)  # without force: preamble and meta information must be right
        with open(path, "rb") as file:
            header = file.read()
        if "PixelData" in after:
            header = header[: header.rfind(b"\xe0\x7f\x10\x00")]
        if after.file_meta.MediaStorageSOPInstanceUID != after.get("SOPInstanceUID", after.file_meta.MediaStorageSOPInstanceUID):
            problem("meta information differs", path)
        if after.PatientIdentityRemoved != "YES" or after.LongitudinalTemporalInformationModified != "MODIFIED":
            problem("not said", path)
        codes = [item.CodeValue for item in after.DeidentificationMethodCodeSequence]
        if codes[:2] != ["113100", "113107"] or ("113101" in codes) != (entry["pixels"] == "masked"):
            problem("wrong codes", f"{path} {codes}")
        patient = before.get("PatientID") or before.get("StudyInstanceUID") or entry["source"]
        # A maker's name is kept, and may be the institution's too, or have it in it.
        kept = {text_of(element) for element in before if int(element.tag) not in ACTIONS and element.VR != "SQ"}
        check("", before, after, header, patient, kept)
        check_pixels(path, before, after)
    for patient, days in shifts.items():
        if len(days) != 1 or not 1 <= min(days) <= 3650:
            problem("dates of a patient moved by several numbers of days", f"{patient} {sorted(days)[:5]}")
    if len(set(uids.values())) != len(uids):
        problem("two UIDs became one", "")
    print(f"{len(run['files'])} files, {len(uids)} UIDs, {len(shifts)} patients with dates; attributes by action: {dict(checked)}")
    print("no problem" if not problems else dict(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
