#!/usr/bin/env python3
# requires: torch==2.9.1 numpy==2.4.6
"""Five Adam steps of a linear head by PyTorch, plain and with weighted rows: writes train-head.json beside this script."""
import json
import pathlib

import torch

FEATURES, ROWS = 24, 10


def train(batches, weights, learning_rate):
    torch.manual_seed(7)
    head = torch.nn.Linear(FEATURES, 2)
    start = {name: value.flatten().tolist() for name, value in head.state_dict().items()}
    optimizer = torch.optim.Adam(head.parameters(), lr=learning_rate)
    losses = []
    for features, labels in batches:
        targets = torch.nn.functional.one_hot(labels, 2).float()
        rows = torch.tensor(weights)[labels][:, None]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(head(features), targets, weight=rows)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    moments = [optimizer.state[parameter] for parameter in head.parameters()]
    return {
        "learningRate": learning_rate,
        "weights": weights,
        "start": start,
        "losses": losses,
        "end": {name: value.flatten().tolist() for name, value in head.state_dict().items()},
        "firstMoments": [state["exp_avg"].flatten().tolist() for state in moments],
        "secondMoments": [state["exp_avg_sq"].flatten().tolist() for state in moments],
    }


def main():
    torch.manual_seed(3)
    # Features as a pooled ReLU gives them; the last batch is smaller, as at the end of an epoch.
    batches = [
        (torch.relu(torch.randn(ROWS if step < 4 else 3, FEATURES)), (torch.rand(ROWS if step < 4 else 3) < 0.4).long())
        for step in range(5)
    ]
    out = {
        "featureLength": FEATURES,
        "batches": [{"features": x.flatten().tolist(), "labels": y.tolist()} for x, y in batches],
        "cases": [train(batches, [1.0, 1.0], 3e-4), train(batches, [0.55, 5.2], 0.05)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
