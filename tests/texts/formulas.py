"""The losses of the corpus by their formulas, in NumPy float64."""

from __future__ import annotations

import numpy as np


def log_softmax(x: np.ndarray) -> np.ndarray:
    """(N, C) -> (N, C), nats."""
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def picked(logs: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -logs[i, labels[i]]; labels (N,) indices, or (N, C) dense."""
    labels = np.asarray(labels)
    if labels.ndim == 2:
        return float(-(labels * logs).sum(axis=1).mean())
    return float(-logs[np.arange(len(labels)), labels.astype(int)].mean())


def loss(kind: str, x: np.ndarray, labels: np.ndarray) -> float:
    """The mean loss; kind: softmax-ce, probs, nll, sigmoid-bce or bce."""
    x, labels = np.asarray(x, np.float64), np.asarray(labels)
    if kind == "softmax-ce":
        return picked(log_softmax(x), labels)
    if kind == "nll":
        return picked(x, labels)
    if kind == "probs":
        return picked(np.log(x), labels)
    t = labels.astype(np.float64).reshape(x.shape)
    if kind == "sigmoid-bce":
        return float((np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))).mean())
    if kind == "bce":
        return float(-(t * np.log(x) + (1 - t) * np.log1p(-x)).mean())
    raise ValueError(kind)
