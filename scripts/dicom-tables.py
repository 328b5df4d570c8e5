#!/usr/bin/env python3
"""Writes what de-identification knows of the standard: PS3.15 Table E.1-1, and the VR of every element of PS3.6.

requires: pydicom==3.0.2 (MIT) dicom-anonymizer==2.1.0 (BSD-3-Clause)

  python dicom-tables.py

Both packages generate their tables from the published standard. Facts alone are taken: tag, action, keyword, VR.
"""

import importlib.util
import os
import re
import textwrap

from pydicom.datadict import DicomDictionary

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../packages/dicom/src/deidentify")
EDITION = "2026c"

# The names that the package has for the actions, as Table E.1-1 writes them.
ACTIONS = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}

# Dates and times for which the Modified Dates Option has no C: they tell of the patient or of a place, not of an event.
NOT_LONGITUDINAL = {"PatientBirthDate", "PatientBirthTime", "GPSTimeStamp"}

# What the data dictionary leaves open. Values of "US or SS" (here: XS) follow Pixel Representation; words serve for the others.
OPEN_VRS = {"US or SS": "XS", "US or SS or OW": "OW", "US or OW": "OW", "OB or OW": "OW"}


def table():
    package = os.path.dirname(importlib.util.find_spec("dicomanonymizer").origin)
    path = os.path.join(package, "dicom_anonymization_databases", f"dicomfields_{EDITION}.py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, action in ACTIONS.items():
        body = re.search(rf"^{name} = \[\n(.*?)^\]", text, re.M | re.S).group(1)
        for group, element, title in re.findall(r"\(0x(\w{4}), 0x(\w{4})\),  # (.*)", body):
            yield int(group + element, 16), action, title


def rows():
    for tag, action, title in sorted(table()):
        vr, _, _, _, keyword = DicomDictionary.get(tag, ("", "", "", "", re.sub(r"\W", "", title)))
        if vr in ("DA", "DT", "TM") and keyword not in NOT_LONGITUDINAL:
            action += "+C"
        yield f"{tag:08X} {action} {keyword}"


def kinds():
    """UIDs outside the table that name a kind of thing (a class, a syntax, a coding scheme), which many files share."""
    inside = {tag for tag, _, _ in table()}
    kind = re.compile("SOPClass|TransferSyntax|CodingScheme|Context(?!GroupExtension)|MappingResource|CreatorVersion")
    for tag, (vr, _, _, _, keyword) in sorted(DicomDictionary.items()):
        if vr == "UI" and tag not in inside and kind.search(keyword):
            yield f"{tag:08X}"


def wrapped(words):
    return "\n".join(textwrap.wrap(" ".join(words), 116))


def write(name, text):
    path = os.path.normpath(os.path.join(FOLDER, name))
    with open(path, "w", encoding="utf-8") as file:
        file.write("// Written by scripts/dicom-tables.py; change that, not this.\n\n" + text)
    print(path, os.path.getsize(path), "bytes")


def main():
    lines = list(rows())
    write(
        "profile-table.ts",
        f"""/**
 * Table E.1-1 of PS3.15 {EDITION}, Basic Profile: `tag action keyword`, one a line. `+C` marks what the Retain Longitudinal Temporal
 * Information with Modified Dates Option cleans. Repeating groups and private attributes are rules, and not in here.
 *
 * By way of dicom-anonymizer 2.1.0, (c) 2020 Kitware Europe, BSD-3-Clause; keywords of pydicom 3.0.2, MIT.
 */
export const profileTable = `
{chr(10).join(lines)}
`;

/** UIDs outside the table that name a kind of thing, such as a SOP Class, and no thing. */
export const kindUids = `
{wrapped(kinds())}
`;
""",
    )
    by_vr = {}
    for tag, (vr, *_) in sorted(DicomDictionary.items()):
        by_vr.setdefault(OPEN_VRS.get(vr, vr), []).append(f"{tag:08X}")
    by_vr.pop("NONE")  # items and delimiters
    by_vr.pop("UN", None)
    blocks = [f"  {vr}: `\n{wrapped(tags)}\n`,\n" for vr, tags in sorted(by_vr.items())]
    write(
        "vr-tags.ts",
        f"""/**
 * The elements of PS3.6 by value representation, `XS` for those that are US or SS as Pixel Representation says. Repeating groups are left
 * out. By way of pydicom 3.0.2, MIT.
 */
export const vrTags: Record<string, string> = {{
{"".join(blocks)}}};
""",
    )


if __name__ == "__main__":
    main()
