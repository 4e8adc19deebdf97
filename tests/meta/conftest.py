"""Recorded results with a structure that can be found again."""

import numpy as np
import pytest

from automl_tasks.meta import Matrix, Size

FAMILIES = ("line", "tree", "boost")


def made_matrix(tables: int = 60, per_family: int = 8, seed: int = 0) -> Matrix:
    """Tables that differ in one trait: a line suits those near 0, boosting those near 1.

    Boosting takes a hundred times as long as a line, and time grows with the rows.
    """
    random = np.random.default_rng(seed)
    trait, rows = random.random(tables), np.exp(random.uniform(5, 10, tables))
    families = tuple(np.repeat(FAMILIES, per_family))
    place = np.repeat([0.0, 0.5, 1.0], per_family)
    tuned = np.tile(np.linspace(0, 0.3, per_family), len(FAMILIES))
    losses = (trait[:, None] - place) ** 2 + tuned + random.normal(0, 0.01, (tables, len(place)))
    unit = np.exp(random.normal(0, 2, (tables, 1)))  # every table has a metric of its own
    speed = np.repeat([0.01, 0.1, 1.0], per_family)
    return Matrix(
        tables=tuple(f"table {at}" for at in range(tables)),
        configurations=tuple(f"{family} {at}" for at, family in enumerate(families)),
        families=families,
        losses=5 + unit * losses,
        seconds=speed * rows[:, None] / 1000 * np.exp(random.normal(0, 0.1, losses.shape)),
        sizes=np.array([Size(each, 10).logs() for each in rows]),
        metafeatures=np.column_stack([trait + random.normal(0, 0.05, tables), np.log(rows)]),
        names=("trait", "log_rows"),
    )


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return made_matrix()
