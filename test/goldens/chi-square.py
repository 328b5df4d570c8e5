#!/usr/bin/env python3
# requires: scipy==1.17.1
"""Chi-square tests of independence by SciPy: writes chi-square.json beside this script."""
import json
import pathlib

from scipy.stats import chi2_contingency

TABLES = [
    [[14466, 1534], [3616, 384]],
    [[90, 10], [60, 40]],
    [[10, 20, 30], [12, 18, 5]],
    [[5, 9, 8, 2, 7], [1, 2, 30, 4, 2]],
    [[50, 40, 60, 20], [45, 44, 55, 26]],
    [[1, 200], [150, 3]],
]

cases = []
for table in TABLES:
    result = chi2_contingency(table, correction=False)
    cases.append(
        {
            "table": table,
            "statistic": result.statistic,
            "degreesOfFreedom": result.dof,
            "p": result.pvalue,
            "smallestExpected": result.expected_freq.min(),
        }
    )
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
