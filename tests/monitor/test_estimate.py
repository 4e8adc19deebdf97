import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from automl_tasks.monitor.estimate import estimate_performance
from automl_tasks.monitor.performance import Sample
from automl_tasks.search.metrics import METRICS, Labelling, Measure, loss

SEEDS = range(20)
COSTS = Measure("cost", costs=((0.0, 1.0), (5.0, 0.0)))
UNLIKELY = Measure("f1", decision=Labelling(weights=(0.3, 0.7)))


def logistic(z):
    return 1 / (1 + np.exp(-z))


def drawn(rng, shares):
    return (rng.random((len(shares), 1)) > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)


def two_classes(rng, rows, *, shift=0.0, concept=False):
    """What happens follows x; the champion is too sure of itself."""
    z = 1.2 * (rng.normal(size=rows) + shift) - 0.5
    yes = logistic(-z if concept else z)
    said = logistic(2 * z)
    return drawn(rng, np.column_stack([1 - yes, yes])), np.column_stack([1 - said, said])


def three_classes(rng, rows, *, shift=0.0, concept=False):
    x = rng.normal(size=(rows, 2)) + shift
    shares = np.exp(np.column_stack([x, -x.sum(axis=1)]))
    shares /= shares.sum(axis=1, keepdims=True)
    return drawn(rng, shares[:, [1, 2, 0]] if concept else shares), shares


def values(rng, rows, *, shift=0.0, concept=False):
    """Rows above x = .5 and those of kind c are noisier."""
    x, kind = rng.normal(size=rows) + shift, rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    noise = (0.3 + 0.7 * (x > 0.5) + 0.5 * (kind == "c")) * rng.normal(size=rows)
    return 3 * x + noise + (x if concept else 0), 3 * x, pd.DataFrame({"x": x, "kind": kind})


def hit_rate(draw, measure, *, reference_rows=600, concept=False, seeds=SEEDS):
    """How often the realised loss of shifted rows lies in the estimate's interval."""
    hits = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        truth, said, *known = draw(rng, reference_rows)
        new_truth, new_said, *new = draw(rng, 300, shift=0.7, concept=concept)
        frames = {"features": new[0], "reference_features": known[0]} if new else {}
        found = estimate_performance(
            new_said, Sample(truth, said, False), measure, seed=seed, **frames
        )
        low, high = found.comparison.loss_interval
        hits.append(low <= loss(measure, new_truth, new_said) <= high)
    return np.mean(hits)


@pytest.mark.parametrize(
    "measure",
    [Measure("roc_auc"), COSTS, UNLIKELY],
    ids=lambda measure: measure.name,
)
def test_harder_rows_are_seen_without_labels(measure):
    assert hit_rate(two_classes, measure) >= 0.9


def test_so_are_they_by_few_rows():
    assert hit_rate(two_classes, Measure("log_loss"), reference_rows=200) >= 0.9


def test_so_are_they_among_many_classes():
    assert hit_rate(three_classes, Measure("accuracy")) >= 0.9


def test_so_are_they_in_a_regression():
    assert hit_rate(values, Measure("rmse")) >= 0.9


@pytest.mark.parametrize(
    ("draw", "metric"), [(two_classes, "roc_auc"), (three_classes, "log_loss"), (values, "rmse")]
)
def test_concept_drift_is_not_seen_and_the_result_says_so(draw, metric):
    assert hit_rate(draw, Measure(metric), concept=True, seeds=range(4)) <= 0.1
    rng = np.random.default_rng(0)
    truth, said, *_ = draw(rng, 300)
    found = estimate_performance(said, Sample(truth, said, False), Measure(metric))
    assert "concept drift" in found.caution


def test_every_metric_has_an_estimate_beside_the_reference():
    rng = np.random.default_rng(0)
    for draw, needs in ((two_classes, "labels probabilities"), (values, "values")):
        truth, said, *_ = draw(rng, 400)
        reference = Sample(truth, said, True)
        for info in METRICS.values():
            if info.needs in needs:
                found = estimate_performance(said, reference, Measure(info.name))
                whole = loss(info.name, truth, said)
                assert found.comparison.reference_loss == pytest.approx(whole)
                assert found.comparison.loss == pytest.approx(whole, rel=0.4)
                assert found.comparison.increase_at_least < found.comparison.increase
                reported = whole if not info.greater_is_better else 1 - whole
                assert found.reference_score == pytest.approx(reported)


def test_the_same_rows_give_the_same_numbers():
    rng = np.random.default_rng(0)
    truth, said = two_classes(rng, 300)
    truths, values_said, frame = values(rng, 300)
    again = partial(estimate_performance, said, Sample(truth, said, True), Measure("f1"), seed=3)
    assert again() == again()
    again = partial(
        estimate_performance,
        values_said,
        Sample(truths, values_said, True),
        Measure("mae"),
        features=frame,
        reference_features=frame,
    )
    assert again() == again()


def test_labels_that_follow_from_more_than_probabilities_are_judged_as_they_were_given():
    rng = np.random.default_rng(0)
    (truth, said), (new_truth, new_said) = two_classes(rng, 2000), two_classes(rng, 2000)

    def given(said):
        """Of every second row the label is no, whatever its probability."""
        yes = (said[:, 1] > 0.5) & (np.arange(len(said)) % 2 == 0)
        return np.eye(2)[yes.astype(int)]

    found = estimate_performance(
        new_said,
        Sample(truth, said, False),
        Measure("f1", decision=Labelling()),
        answers=(given(new_said), given(said)),
    )
    realised = loss("f1", new_truth, given(new_said))
    low, high = found.comparison.loss_interval
    assert low <= realised <= high
    assert found.comparison.loss == pytest.approx(realised, abs=0.05)
    assert found.comparison.reference_loss == pytest.approx(loss("f1", truth, given(said)))
    assert realised > loss("f1", new_truth, new_said) + 0.1


def test_rows_that_weigh_more_count_more():
    rng = np.random.default_rng(0)
    truth, said = two_classes(rng, 2000)
    sure = np.abs(said[:, 1] - 0.5) > 0.4
    reference = Sample(truth, said, False)
    plain = estimate_performance(said, reference, Measure("log_loss"))
    weighted = estimate_performance(
        said, reference, Measure("log_loss"), weight=np.where(sure, 10.0, 0.1)
    )
    assert weighted.comparison.loss != pytest.approx(plain.comparison.loss, rel=0.02)
    realised = loss("log_loss", truth, said, np.where(sure, 10.0, 0.1))
    assert weighted.comparison.loss == pytest.approx(realised, rel=0.1)


def unestimated(prediction, reference, metric="roc_auc", **given):
    found = estimate_performance(prediction, reference, Measure(metric), **given)
    assert found.comparison is found.score is found.reference_score is None
    return found.reason


def test_what_cannot_be_estimated_has_a_reason_and_raises_nothing():
    truth, said = two_classes(np.random.default_rng(0), 300)
    reference = Sample(truth, said, False)
    lost = said.copy()
    lost[:3] = np.nan
    one = Sample(np.zeros(300, dtype=np.int64), said, False)
    few = Sample((np.arange(300) < 2).astype(np.int64), said, False)
    weightless = Sample(truth, said, False, np.zeros(300))
    assert unestimated(lost, reference) == "3 of 300 predictions of the window are not finite"
    assert "of the reference are not finite" in unestimated(said, Sample(truth, lost, False))
    assert unestimated(said, one) == "the reference has one class only"
    assert unestimated(said, few) == "the reference has 2 rows of a second class, 5 needed"
    assert unestimated(said, reference.drawn(np.arange(20))) == (
        "the reference has 20 rows, 50 are needed"
    )
    assert unestimated(said[:0], reference) == "there are no rows to estimate it on"
    assert unestimated(said, weightless) == "all rows of the reference have the weight 0"


def test_so_has_a_regression():
    truth, said, _ = values(np.random.default_rng(0), 300)
    reference = Sample(truth, said, False)
    assert "not finite" in unestimated(np.full(10, np.inf), reference, "rmse")
    assert "50 are needed" in unestimated(said, reference.drawn(np.arange(20)), "rmse")
    assert "no rows" in unestimated(said[:0], reference, "rmse")
    constant = Sample(np.ones(300), np.ones(300), False)
    assert unestimated(np.ones(300), constant, "r2") == "these rows do not determine r2"


def test_a_champion_that_was_never_wrong_is_estimated_so():
    truth = np.linspace(0, 1, 300)
    found = estimate_performance(truth, Sample(truth, truth, True), Measure("rmse"))
    assert found.comparison.loss == 0


def test_columns_that_a_regression_cannot_use_do_no_harm():
    rng = np.random.default_rng(0)
    truth, said, known = values(rng, 600)
    new_truth, new_said, new = values(rng, 600)
    known = known.assign(empty=None, wild=np.inf, gone=1.0, late=pd.Timestamp("2012-01-01"))
    new = new.assign(empty="now", wild=rng.normal(size=600), kind="never seen", late=pd.NaT)
    found = estimate_performance(
        new_said,
        Sample(truth, said, True),
        Measure("rmse"),
        features=new,
        reference_features=known,
    )
    assert found.comparison.loss == pytest.approx(loss("rmse", new_truth, new_said), rel=0.3)


def test_a_class_that_the_reference_lacks_does_no_harm():
    rng = np.random.default_rng(0)
    truth, said = three_classes(rng, 600)
    seen = truth != 2
    reference = Sample(truth[seen], said[seen], False)
    assert estimate_performance(said, reference, Measure("log_loss")).comparison.loss > 0


def test_a_result_holds_no_rows():
    truth, said = two_classes(np.random.default_rng(0), 300)
    found = estimate_performance(said, Sample(truth, said, False), Measure("log_loss"))
    assert len(json.dumps(found.model_dump())) < 1000


def test_many_rows_cost_no_more_than_some():
    truth, said = two_classes(np.random.default_rng(0), 25_000)
    found = estimate_performance(said, Sample(truth, said, True), Measure("accuracy"))
    assert (found.comparison.rows, found.comparison.reference_rows) == (25_000, 25_000)
    low, high = found.comparison.loss_interval
    assert low < loss("accuracy", truth, said) < high
