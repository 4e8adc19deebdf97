import numpy as np
import pytest

from automl_tasks.meta import Matrix
from automl_tasks.meta.similarity import table_weights


def test_tables_alike_have_most_of_the_votes(matrix: Matrix) -> None:
    weights = table_weights(matrix, {"trait": 0.1, "log_rows": 7.0})
    near = np.abs(matrix.metafeatures[:, 0] - 0.1) < 0.3
    assert weights.sum() == pytest.approx(1.0)
    assert (weights > 0).all()
    assert weights[near].mean() > 2 * weights[~near].mean()


def test_what_is_unknown_counts_as_ordinary(matrix: Matrix) -> None:
    assert np.allclose(
        table_weights(matrix, {}), table_weights(matrix, {"trait": np.nan, "other": 3.0})
    )


def test_earlier_results_of_the_same_table_count_most(matrix: Matrix) -> None:
    weights = table_weights(matrix, {"trait": 0.5, "log_rows": 7.0}, "table 3")
    assert weights[3] == pytest.approx(0.5)


def test_tables_that_cannot_be_told_apart_vote_equally(matrix: Matrix) -> None:
    blank = Matrix(
        matrix.tables,
        matrix.configurations,
        matrix.families,
        matrix.losses,
        matrix.seconds,
        matrix.sizes,
        np.empty((len(matrix.tables), 0)),
        (),
    )
    assert np.allclose(table_weights(blank, {}), 1 / len(matrix.tables))
