import numpy as np
import pytest

from automl_tasks.search import prepared
from automl_tasks.search.prepared import prepare
from automl_tasks.search.table import load_table


@pytest.fixture
def table(shop):
    return load_table(shop.store, "shop", shop.planned().run)


def features(table, recipe, fold=0):
    rows = table.split.folds[fold][0]
    return prepare(table, recipe, rows, table.y[rows], fold)


def test_features_are_computed_once_for_all_folds(table):
    assert features(table, "tree") is features(table, "tree", fold=1)


def test_the_longest_unused_features_are_forgotten_when_all_are_too_large(table, monkeypatch):
    sizes = [features(table, name).of_training.memory_usage().sum() for name in ("tree", "linear")]
    monkeypatch.setattr(prepared, "_MOST_BYTES", sum(sizes))
    tree = features(table, "tree")
    features(table, "neural")
    assert "linear" not in table.prepared
    monkeypatch.setattr(prepared, "_MOST_BYTES", 0)
    assert list(table.prepared)[-1] == "neural"
    linear = features(table, "linear")
    assert list(table.prepared) == ["linear"]
    again = features(table, "tree")
    assert again is not tree
    assert np.array_equal(again.of_training, tree.of_training)
    assert linear.of_training.shape[0] == len(table.searched)
