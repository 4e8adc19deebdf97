from functools import partial

import numpy as np
import pytest

from automl_tasks.monitor.detectors import block_losses
from automl_tasks.monitor.performance import Sample
from automl_tasks.search.metrics import loss


def scored(seed, rows=400):
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < 0.4).astype(np.int64)
    yes = 1 / (1 + np.exp(-rng.normal(size=rows) - truth))
    return Sample(truth, np.column_stack([1 - yes, yes]), True)


def test_of_a_mean_of_rows_the_blocks_are_their_own_means():
    errors = np.random.default_rng(0).normal(size=120)
    found = block_losses(Sample(errors, np.zeros(120), True), partial(loss, "mae"))
    assert found.values == pytest.approx(np.abs(errors).reshape(60, 2).mean(axis=1))
    assert found.length == 2


@pytest.mark.parametrize("metric", ["roc_auc", "mcc"])
def test_of_any_metric_they_tell_its_value_and_its_noise(metric):
    found = [block_losses(scored(seed), partial(loss, metric)) for seed in range(60)]
    losses = [loss(metric, scored(seed).truth, scored(seed).prediction) for seed in range(60)]
    assert np.mean([each.values.mean() for each in found]) == pytest.approx(
        np.mean(losses), abs=0.01
    )
    told = np.mean([each.values.std(ddof=1) / np.sqrt(60) for each in found])
    assert told == pytest.approx(np.std(losses), rel=0.3)


def test_rows_that_do_not_determine_the_loss_have_no_blocks():
    sample = scored(0, rows=100)
    one_class = Sample(np.zeros(100, dtype=np.int64), sample.prediction, True)
    assert block_losses(one_class, partial(loss, "roc_auc")) is None
    single = np.zeros(100, dtype=np.int64)
    single[7] = 1  # without its block there is but one class
    assert block_losses(Sample(single, sample.prediction, True), partial(loss, "roc_auc")) is None


def test_few_rows_have_no_blocks():
    assert block_losses(scored(0).drawn(np.arange(7)), partial(loss, "log_loss")) is None


def test_weights_count():
    sample = scored(0, rows=100)
    heavy = np.where(np.arange(100) < 50, 3.0, 1.0)
    weighted = Sample(sample.truth, sample.prediction, True, heavy)
    found = block_losses(weighted, partial(loss, "log_loss"))
    whole = loss("log_loss", sample.truth, sample.prediction, heavy)
    assert found.loss == pytest.approx(whole)
    assert found.values.mean() == pytest.approx(whole, rel=0.05)
