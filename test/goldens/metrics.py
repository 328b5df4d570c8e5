#!/usr/bin/env python3
# requires: scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
"""Metrics, curves, intervals, calibration, operating points and DeLong's test by scikit-learn, SciPy and NumPy: writes
metrics.json beside this script."""
import json
import pathlib

import numpy as np
from scipy import optimize, special, stats
from sklearn import linear_model, metrics

RESAMPLES = 4000
CUTS = 1e-12


def scores(labels, probabilities, weights=None):
    decided = (probabilities >= 0.5).astype(int)
    w = {"sample_weight": weights}
    fpr, tpr, _ = metrics.roc_curve(labels, probabilities, drop_intermediate=False, **w)
    return {
        "accuracy": metrics.accuracy_score(labels, decided, **w),
        "balancedAccuracy": metrics.balanced_accuracy_score(labels, decided, **w),
        "precision": metrics.precision_score(labels, decided, zero_division=np.nan, **w),
        "recall": metrics.recall_score(labels, decided, zero_division=np.nan, **w),
        "specificity": metrics.recall_score(labels, decided, pos_label=0, zero_division=np.nan, **w),
        "f1": metrics.f1_score(labels, decided, zero_division=np.nan, **w),
        "f1Gain": metrics.f1_score(labels, decided, **w) - metrics.f1_score(labels, np.ones_like(labels), **w),
        "mcc": metrics.matthews_corrcoef(labels, decided, **w),
        "auc": metrics.roc_auc_score(labels, probabilities, **w),
        "averagePrecision": metrics.average_precision_score(labels, probabilities, **w),
        "recallAtSpecificity90": tpr[1 - fpr >= 0.9 - CUTS].max(),
        "specificityAtRecall90": 1 - fpr[tpr >= 0.9 - CUTS].min(),
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


def number(value, digits=12):
    return None if np.isnan(value) else round(float(value), digits)


def case(name, labels, probabilities, groups, rng):
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    out = {"name": name, "labels": labels.tolist(), "probabilities": probabilities.tolist()}
    if groups is not None:
        out["groups"] = groups.tolist()
    values = scores(labels, probabilities)
    low, high = intervals(labels, probabilities, np.arange(len(labels)) if groups is None else groups, rng)
    out["metrics"] = {
        key: {"value": number(value), "low": number(low[i], 4), "high": number(high[i], 4)}
        for i, (key, value) in enumerate(values.items())
    }
    tn, fp, fn, tp = metrics.confusion_matrix(labels, (probabilities >= 0.5).astype(int), labels=[0, 1]).ravel().tolist()
    out["confusion"] = {"truePositives": tp, "falsePositives": fp, "trueNegatives": tn, "falseNegatives": fn}
    fpr, tpr, _ = metrics.roc_curve(labels, probabilities, drop_intermediate=True)
    out["roc"] = [[round(a, 12), round(b, 12)] for a, b in zip(fpr.tolist(), tpr.tolist())]
    precision, recall, _ = metrics.precision_recall_curve(labels, probabilities, drop_intermediate=True)
    out["pr"] = [[round(r, 12), round(p, 12)] for r, p in zip(recall[-2::-1].tolist(), precision[-2::-1].tolist())]
    return out


def calibration_error(labels, probabilities, bins):
    """`bins`: the bin of each row."""
    return sum(
        (bins == b).mean() * abs(labels[bins == b].mean() - probabilities[bins == b].mean()) for b in np.unique(bins)
    )


def calibration(labels, probabilities):
    """The corrections are fitted on the rows that they are measured on: what is checked is the fit and the figures."""
    logits = special.logit(np.clip(probabilities, 1e-7, 1 - 1e-7))
    temperature = optimize.minimize_scalar(
        lambda log_t: metrics.log_loss(labels, special.expit(logits / np.exp(log_t))),
        bounds=(np.log(1 / 20), np.log(20)),
        method="bounded",
        options={"xatol": 1e-12},
    )
    # BFGS on the exact gradient; scikit-learn's logistic regression without penalty confirms it.
    line = optimize.minimize(
        lambda w: np.logaddexp(0, w[0] * logits + w[1]).mean() - (labels * (w[0] * logits + w[1])).mean(),
        [1.0, 0.0],
        jac=lambda w: np.array(
            [((special.expit(w[0] * logits + w[1]) - labels) * logits).mean(), (special.expit(w[0] * logits + w[1]) - labels).mean()]
        ),
        method="BFGS",
        options={"gtol": 1e-12},
    )
    peer = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logits[:, None], labels)
    assert np.allclose(line.x, [peer.coef_[0, 0], peer.intercept_[0]], atol=1e-5), (line.x, peer.coef_, peer.intercept_)

    def figures(p):
        order = np.argsort(p, kind="stable")
        mass = np.empty(len(p), int)
        edges = [k * len(p) // 15 for k in range(16)]
        for b in range(15):
            mass[order[edges[b] : edges[b + 1]]] = b
        width = np.minimum(14, np.floor(p * 15)).astype(int)
        return {
            "eceEqualWidth": number(calibration_error(labels, p, width)),
            "eceEqualMass": number(calibration_error(labels, p, mass)),
            "brier": number(metrics.brier_score_loss(labels, p)),
            "logLoss": number(metrics.log_loss(labels, np.clip(p, 1e-7, 1 - 1e-7))),
        }

    t = float(np.exp(temperature.x))
    slope, intercept = line.x
    return {
        "asGiven": figures(probabilities),
        "temperature": {"temperature": round(t, 7), **figures(special.expit(logits / t))},
        "slopeAndIntercept": {
            "slope": round(slope, 7),
            "intercept": round(intercept, 7),
            **figures(special.expit(slope * logits + intercept)),
        },
    }


def operating_points(labels, probabilities):
    precision, recall, thresholds = metrics.precision_recall_curve(labels, probabilities)
    f1 = [metrics.f1_score(labels, (probabilities >= t).astype(int)) for t in thresholds]
    fpr, tpr, cuts = metrics.roc_curve(labels, probabilities, drop_intermediate=False)
    strictest = lambda candidates, objective: candidates[np.flatnonzero(objective >= objective.max() - 1e-12)].max()
    sensitive, specific = tpr >= 0.9 - CUTS, (1 - fpr >= 0.9 - CUTS) & np.isfinite(cuts)
    return {
        "max-f1": float(strictest(thresholds, np.array(f1))),
        "youden": float(strictest(cuts[1:], (tpr - fpr)[1:])),
        "sensitivity": float(strictest(cuts[sensitive], -fpr[sensitive])),
        "specificity": float(strictest(cuts[specific], tpr[specific])),
    }


def delong(labels, first, second):
    """The textbook's form, O(m n): every pair of a malignant and a benign row is looked at."""

    def kernel(p):
        x, y = p[labels == 1][:, None], p[labels == 0][None, :]
        return (x > y) + 0.5 * (x == y)

    psi = [kernel(first), kernel(second)]
    aucs = [float(k.mean()) for k in psi]
    v10 = np.array([k.mean(axis=1) for k in psi])
    v01 = np.array([k.mean(axis=0) for k in psi])
    s = np.cov(v10) / v10.shape[1] + np.cov(v01) / v01.shape[1]
    error = np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    difference = aucs[0] - aucs[1]
    return {
        "aucs": [number(a) for a in aucs],
        "difference": number(difference),
        "low": number(difference - stats.norm.ppf(0.975) * error),
        "high": number(difference + stats.norm.ppf(0.975) * error),
        "p": float(2 * stats.norm.sf(abs(difference) / error)),
    }


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
    for one in cases:
        truth, given = np.array(one["labels"]), np.array(one["probabilities"])
        one["calibration"] = calibration(truth, given)
        one["operatingPoints"] = operating_points(truth, given)
    weaker = np.round(1 / (1 + np.exp(-(special.logit(smooth) * 0.6 + rng.normal(size=240)))), 6)
    far = np.round(np.where(labels == 1, 0.9, 0.1) + 0.05 * rng.normal(size=240), 6)
    pairs = [
        {"name": name, "labels": labels.tolist(), "first": a.tolist(), "second": b.tolist(), **delong(labels, a, b)}
        for name, a, b in [
            ("correlated", smooth, weaker),
            ("ties", np.round(smooth, 1), np.round(weaker, 1)),
            ("far apart", np.clip(far, 0, 1), np.round(rng.random(240), 6)),
        ]
    ]
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"resamples": RESAMPLES, "cases": cases, "pairs": pairs}) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
