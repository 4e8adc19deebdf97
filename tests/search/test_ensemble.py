import numpy as np
import pytest

from automl_tasks.search.ensemble import blend, greedy_weights, light_weights
from automl_tasks.search.metrics import loss

RNG = np.random.default_rng(1)
Y = RNG.normal(size=400)


def noisy(scale, seed):
    return Y + np.random.default_rng(seed).normal(0, scale, len(Y))


def test_models_with_different_errors_are_better_together():
    models = [noisy(1.0, 1), noisy(1.1, 2), noisy(3.0, 3)]
    weights = greedy_weights(models, Y, "rmse")
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[2]
    mixed = loss("rmse", Y, blend(models, weights))
    assert mixed < 0.8 * min(loss("rmse", Y, model) for model in models)


@pytest.mark.parametrize("seed", range(5))
def test_never_worse_than_the_best_single_model(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 60)
    models = []
    for _ in range(6):
        positive = np.clip(0.5 + (y - 0.5) * rng.uniform(-0.5, 1) + rng.normal(0, 0.3, 60), 0, 1)
        models.append(np.column_stack([1 - positive, positive]))
    for metric in ("roc_auc", "log_loss", "accuracy"):
        mixed = loss(metric, y, blend(models, greedy_weights(models, y, metric)))
        assert mixed <= min(loss(metric, y, model) for model in models)


def test_of_equal_models_one_is_taken():
    model = noisy(1.0, 1)
    assert greedy_weights([model, model.copy(), model.copy()], Y, "rmse").tolist() == [1, 0, 0]


def test_a_perfect_model_stays_alone():
    assert greedy_weights([noisy(1.0, 1), Y, noisy(1.0, 2)], Y, "rmse").tolist() == [0, 1, 0]


def test_a_model_without_a_score_is_never_chosen():
    broken = np.full(len(Y), np.nan)
    weights = greedy_weights([broken, noisy(1.0, 1)], Y, "rmse")
    assert weights.tolist() == [0, 1]


def test_blend_is_the_weighted_mean():
    mixed = blend([np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])], [0.25, 0.75])
    assert mixed.tolist() == [[0.75, 0.25]]


def test_a_member_that_spares_next_to_nothing_is_left_out():
    models = [noisy(0.5, 1), noisy(0.6, 2), noisy(9.0, 3)]
    full = np.array([0.57, 0.42, 0.01])
    assert loss("rmse", Y, blend(models, full)) > 0
    light = light_weights(full, models, Y, "rmse")
    assert light[2] == 0
    assert light[0] == pytest.approx(0.57 / 0.99)
    assert light[1] > 0  # its absence would be felt


def test_leaving_members_out_never_makes_the_best_single_model_better():
    best = noisy(0.5, 1)
    models = [best, best + 1e-4 * RNG.normal(size=len(Y)), noisy(0.7, 2)]
    weights = np.array([0.2, 0.7, 0.1])
    light = light_weights(weights, models, Y, "rmse")
    singles = min(loss("rmse", Y, model) for model in models)
    assert loss("rmse", Y, blend(models, light)) <= max(
        singles, loss("rmse", Y, blend(models, weights))
    )


def test_where_no_rows_determine_the_metric_the_first_model_stands():
    one_class = np.zeros(len(Y), dtype=int)
    models = [np.tile([0.6, 0.4], (len(Y), 1)), np.tile([0.7, 0.3], (len(Y), 1))]
    weights = greedy_weights(models, one_class, "roc_auc")
    assert weights.tolist() == [1, 0]
    assert light_weights(weights, models, one_class, "roc_auc").tolist() == [1, 0]
