#!/usr/bin/env python3
# requires: numpy==2.4.6 scikit-learn==1.9.1
"""A classification tree and gradient-boosted trees by scikit-learn on a small table: writes trees.json beside this script."""
import json
import pathlib

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

TRAINING, TEST, FEATURES = 360, 240, 5
DEPTH, LEAF_WEIGHT = 3, 20  # deeper, two splits tie


def table(rng, rows):
    """Values with few digits, all different in each column, so that no two splits tie."""
    values = np.stack([rng.permutation(4 * rows)[:rows] / 4 for _ in range(FEATURES)], axis=1)
    scaled = values / values.max(axis=0)
    log_odds = -3 + 3.5 * (scaled[:, 0] > 0.6) + 2.5 * scaled[:, 1] * (scaled[:, 2] < 0.4)
    return values, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)


def node(tree, index, values, labels):
    out = {"rows": len(labels), "malignant": int(labels.sum())}
    is_pure = out["malignant"] in (0, len(labels))  # scikit-learn splits some of those by a rounding error of their impurity
    if tree.children_left[index] >= 0 and not is_pure:
        below = values[:, tree.feature[index]] <= tree.threshold[index]
        out["split"] = {
            "feature": int(tree.feature[index]),
            "threshold": float(tree.threshold[index]),
            "below": node(tree, tree.children_left[index], values[below], labels[below]),
            "above": node(tree, tree.children_right[index], values[~below], labels[~below]),
        }
    return out


def main():
    rng = np.random.default_rng(7)
    values, labels = table(rng, TRAINING + TEST)
    test_values, test_labels = values[TRAINING:], labels[TRAINING:]
    values, labels = values[:TRAINING], labels[:TRAINING]
    weights = len(labels) / (2 * np.bincount(labels))[labels]
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_weight_fraction_leaf=LEAF_WEIGHT / len(labels), random_state=0)
    tree.fit(values, labels, sample_weight=weights)
    boosted = GradientBoostingClassifier(
        n_estimators=40, learning_rate=0.1, max_depth=3, subsample=0.8, min_weight_fraction_leaf=LEAF_WEIGHT / len(labels), random_state=0
    ).fit(values, labels, sample_weight=weights)
    golden = {
        "features": FEATURES,
        "leafWeight": LEAF_WEIGHT,
        "values": values.ravel().tolist(),
        "labels": labels.tolist(),
        "testValues": test_values.ravel().tolist(),
        "testLabels": test_labels.tolist(),
        "tree": node(tree.tree_, 0, values, labels),
        "treeAuc": roc_auc_score(test_labels, tree.predict_proba(test_values)[:, 1]),
        "boostedAuc": roc_auc_score(test_labels, boosted.predict_proba(test_values)[:, 1]),
    }
    pathlib.Path(__file__).with_name("trees.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
