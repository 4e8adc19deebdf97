"""The made table of the benchmark: 30 columns of all kinds, and a target that they explain."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["TARGET", "made_rows"]

TARGET = "churned"
_NUMBERS, _CATEGORIES = 18, 9
_LEVELS = (2, 3, 4, 5, 8, 12, 20, 40, 150)  # of the categories
_WORDS = np.array(
    """late invoice refund happy broken contract cancel support thanks slow price upgrade phone
    router signal outage moved billing error good service again wrong call waiting""".split()  # noqa: SIM905
)


def made_rows(count: int, seed: int = 0) -> pd.DataFrame:
    """Rows of 18 numbers, 9 categories, 2 dates and a short text, with the target.

    Some cells are missing. The same seed gives the same relation of target and columns only with
    the same `count`: cut what you need out of one table.
    """
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, _NUMBERS))
    numbers[:, 6:12] = np.exp(numbers[:, 6:12])
    frame = pd.DataFrame({f"number_{at}": numbers[:, at] for at in range(_NUMBERS)}).round(4)
    frame["number_16"] = random.poisson(3, count)
    frame["number_17"] = random.integers(0, 100, count)
    score = numbers[:, 0] * numbers[:, 1] + 0.8 * numbers[:, 2] - 0.5 * np.log1p(numbers[:, 6])
    for at, levels in enumerate(_LEVELS):
        code = random.integers(0, levels, count)
        frame[f"category_{at}"] = np.array([f"level {each}" for each in range(levels)])[code]
        score += 0.4 * random.normal(size=levels)[code]
    begun = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 1000, count), "D")
    seen = begun + pd.to_timedelta(random.integers(0, 20_000, count), "h")
    frame["begun"] = begun.strftime("%Y-%m-%d")
    frame["seen"] = seen.strftime("%Y-%m-%d %H:%M:%S")
    score += 0.6 * (begun.month > 6) - 0.02 * (seen - begun).days.to_numpy() / 30
    said = random.integers(0, len(_WORDS), (count, 7))
    frame["remark"] = [" ".join(row) for row in _WORDS[said]]
    score += 1.2 * (said == list(_WORDS).index("cancel")).any(axis=1)
    for name in ("number_3", "number_8", "category_4", "remark"):
        frame.loc[random.random(count) < 0.08, name] = None
    score += random.logistic(size=count)
    frame[TARGET] = np.where(score > np.quantile(score, 0.6), "yes", "no")
    return frame
