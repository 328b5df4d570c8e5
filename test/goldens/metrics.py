#!/usr/bin/env python3
# requires: scikit-learn==1.7.2 numpy==2.4.6
"""Metrics, curves and bootstrap intervals by scikit-learn and NumPy: writes metrics.json beside this script."""
import json
import pathlib

import numpy as np
from sklearn import metrics

RESAMPLES = 4000


def scores(labels, probabilities, weights=None):
    decided = (probabilities >= 0.5).astype(int)
    w = {"sample_weight": weights}
    return {
        "accuracy": metrics.accuracy_score(labels, decided, **w),
        "precision": metrics.precision_score(labels, decided, zero_division=np.nan, **w),
        "recall": metrics.recall_score(labels, decided, zero_division=np.nan, **w),
        "specificity": metrics.recall_score(labels, decided, pos_label=0, zero_division=np.nan, **w),
        "f1": metrics.f1_score(labels, decided, zero_division=np.nan, **w),
        "f1Gain": metrics.f1_score(labels, decided, **w) - metrics.f1_score(labels, np.ones_like(labels), **w),
        "auc": metrics.roc_auc_score(labels, probabilities, **w),
        "averagePrecision": metrics.average_precision_score(labels, probabilities, **w),
        "brier": metrics.brier_score_loss(labels, probabilities, **w),
    }


def intervals(labels, probabilities, groups, rng):
    """Draws whole groups with replacement; a group drawn k times weighs k."""
    names, unit = np.unique(groups, return_inverse=True)
    draws = []
    for _ in range(RESAMPLES):
        weights = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))[unit]
        kept = weights > 0
        draws.append(list(scores(labels[kept], probabilities[kept], weights[kept]).values()))
    low, high = np.nanpercentile(np.array(draws), [2.5, 97.5], axis=0)
    return low, high


def number(value, digits):
    return None if np.isnan(value) else round(float(value), digits)


def case(name, labels, probabilities, groups, rng):
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    out = {"name": name, "labels": labels.tolist(), "probabilities": probabilities.tolist()}
    if groups is not None:
        out["groups"] = groups.tolist()
    values = scores(labels, probabilities)
    low, high = intervals(labels, probabilities, np.arange(len(labels)) if groups is None else groups, rng)
    out["metrics"] = {
        key: {"value": number(value, 12), "low": number(low[i], 4), "high": number(high[i], 4)}
        for i, (key, value) in enumerate(values.items())
    }
    tn, fp, fn, tp = metrics.confusion_matrix(labels, (probabilities >= 0.5).astype(int), labels=[0, 1]).ravel().tolist()
    out["confusion"] = {"truePositives": tp, "falsePositives": fp, "trueNegatives": tn, "falseNegatives": fn}
    fpr, tpr, _ = metrics.roc_curve(labels, probabilities, drop_intermediate=True)
    out["roc"] = [[round(a, 12), round(b, 12)] for a, b in zip(fpr.tolist(), tpr.tolist())]
    precision, recall, _ = metrics.precision_recall_curve(labels, probabilities, drop_intermediate=True)
    out["pr"] = [[round(r, 12), round(p, 12)] for r, p in zip(recall[-2::-1].tolist(), precision[-2::-1].tolist())]
    return out


def main():
    rng = np.random.default_rng(20240501)
    labels = (rng.random(240) < 0.2).astype(int)
    smooth = np.round(1 / (1 + np.exp(-(rng.normal(size=240) + 1.2 * labels - 0.8))), 6)
    studies = np.repeat(np.arange(60), 4)
    by_study = np.repeat((rng.random(60) < 0.2).astype(int), 4)
    clustered = np.round(1 / (1 + np.exp(-(np.repeat(rng.normal(size=60), 4) + 0.3 * rng.normal(size=240) + by_study - 0.5))), 6)
    cases = [
        case("independent rows", labels, smooth, None, rng),
        case("ties", labels, np.round(smooth, 1), None, rng),
        case("images of a study alike", by_study, clustered, studies, rng),
        case("nothing called malignant", labels, np.round(smooth * 0.45, 6), None, rng),
    ]
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"resamples": RESAMPLES, "cases": cases}) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
