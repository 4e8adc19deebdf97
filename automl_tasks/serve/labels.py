"""Class labels as text and as the target's own type."""

from __future__ import annotations

import numpy as np

__all__ = ["decode_labels"]


def decode_labels(codes: np.ndarray, classes: list[str], dtype: str) -> np.ndarray:
    """Labels of class numbers, in the type that the target had.

    Parameters
    ----------
    codes : (n,) array of int
        Positions in `classes`.
    classes
        Labels as text, from ``TargetCodec``.
    dtype
        ``str``, ``bool``, ``int64`` or ``float64``.
    """
    if dtype == "str":
        labels = np.array(classes, dtype=object)
    elif dtype == "bool":
        labels = np.array([label == "True" for label in classes])
    else:
        labels = np.array([float(label) for label in classes]).astype(dtype)
    return np.asarray(labels[np.asarray(codes, dtype=np.int64)])
