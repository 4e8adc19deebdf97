import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess.slices.row_losses import row_losses
from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.performance import Sample
from automl_tasks.monitor.samples import judged_rows, window_sample
from automl_tasks.monitor.segments import measure_segments, worst_segments
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.search import load_plan
from automl_tasks.search.measure import Labelling, Measure

from .conftest import candidate_of, rows

RMSE = Measure("rmse")


def table(count, seed=0, columns=3):
    rng = np.random.default_rng(seed)
    features = pd.DataFrame({f"n{i}": rng.normal(size=count) for i in range(columns)})
    features["city"] = rng.choice(["Rome", "Oslo", "Bern", "Riga"], count, p=[0.4, 0.3, 0.2, 0.1])
    return features, rng.normal(size=count)


def sample(errors, ordered=False, weight=None):
    errors = np.asarray(errors, dtype=float)
    return Sample(errors, np.zeros_like(errors), ordered, weight)


def found(window, reference, measure=RMSE, **settings):
    (features, errors), (past_features, past_errors) = window, reference
    return worst_segments(
        sample(errors), features, sample(past_errors), past_features, measure, **settings
    )


def losses_of(sample, measure):
    return row_losses(sample.truth, sample.prediction, measure)


def test_the_slice_that_got_worse_is_named_with_its_numbers():
    features, errors = table(3000, seed=1)
    hit = features["city"] == "Oslo"
    summary = found((features, np.where(hit, 2 * errors, errors)), table(2000))
    (worst,) = summary.worst
    assert (worst.column, worst.level, worst.rows) == ("city", "Oslo", hit.sum())
    assert (worst.loss, worst.reference_loss) == pytest.approx((4, 1), rel=0.2)
    assert worst.rest_loss == pytest.approx(1, rel=0.15)
    assert worst.excess_interval[0] < worst.excess < worst.excess_interval[1]
    assert worst.excess_interval[0] > 2
    assert worst.share == pytest.approx(0.3 * 3 / (0.3 * 4 + 0.7), rel=0.2)
    assert worst.adjusted < 0.001
    assert (summary.loss, summary.rows, summary.tested) == ("squared error", 3000, 31)


def test_a_range_of_a_number_is_named_by_rounded_ends():
    features, errors = table(3000, seed=1)
    worse = np.where(features["n1"] > 1.3, 3 * errors, errors)
    (worst,) = found((features, worse), table(2000)).worst
    assert worst.column == "n1"
    assert worst.level.endswith(" or more")
    end = float(worst.level.split()[0])
    assert end == round(end, 2)
    assert worst.rows == (features["n1"] >= end).sum()


def test_what_is_worse_everywhere_or_always_was_hard_stands_out_nowhere():
    features, errors = table(3000, seed=1)
    assert found((features, 3 * errors), table(2000)).worst == []
    past, past_errors = table(2000)
    hard = (features, np.where(features["city"] == "Oslo", 3, 1) * errors)
    always = (past, np.where(past["city"] == "Oslo", 3, 1) * past_errors)
    assert found(hard, always).worst == []


@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "heavy tails"])
def test_nothing_stands_out_when_nothing_changed(heavy):
    alarms = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        (features, errors), (past, past_errors) = table(600, seed, 8), table(600, seed + 999, 8)
        if heavy:
            errors, past_errors = rng.standard_t(3, size=(2, 600))
        alarms += bool(found((features, errors), (past, past_errors)).worst)
    assert alarms <= 4  # 1 or 2 of 30 are what confidence 0.95 allows


def test_neighbours_that_err_alike_are_not_counted_as_independent():
    alarms = {True: 0, False: 0}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        level = np.repeat(rng.normal(size=(2, 20)), 50, axis=1)
        slow = np.repeat(rng.choice(["a", "b", "c"], (2, 100)), 10, axis=1)
        errors = level + 0.1 * rng.normal(size=(2, 1000))
        frames = [pd.DataFrame({"slow": each}) for each in slow]
        for ordered in alarms:
            window, past = (sample(each, ordered) for each in errors)
            alarms[ordered] += bool(worst_segments(window, frames[0], past, frames[1], RMSE).worst)
    assert alarms[True] <= 2 < alarms[False]


def test_a_level_that_the_holdout_never_saw_is_compared_with_the_other_rows():
    features, errors = table(3000, seed=1)
    features.loc[:299, "city"] = "Kyiv"
    worse = np.where(features["city"] == "Kyiv", 3 * errors, errors)
    (worst,) = found((features, worse), table(2000)).worst
    assert (worst.level, worst.reference_loss, worst.reference_rows) == ("Kyiv", None, 0)


def test_rare_levels_are_never_named():
    features, errors = table(3000, seed=1)
    features.loc[:8, "city"] = "secret"
    errors[:9] *= 1000
    summary = found((features, errors), table(2000), fewest_rows=1, least_increase=0)
    assert "secret" not in summary.model_dump_json()


def test_odd_columns_cost_nothing_but_themselves():
    features, errors = table(400, seed=1)
    odd = features.assign(
        constant=1,
        null=None,
        half=np.where(np.arange(400) % 2, np.nan, features["n0"]),
        endless=np.where(np.arange(400) % 3, np.inf, features["n0"]),
        code=pd.Series(np.arange(400) % 3),
        yes=features["n0"] > 0,
        kind=features["city"].astype("category"),
    )
    past = odd.assign(code=odd["code"].astype(float).where(odd.index > 9), null=np.nan)
    summary = found((odd, errors), (past, errors))
    assert summary.worst == []
    worse = np.where(odd["half"].isna(), 3 * errors, errors)
    levels = {each.level for each in found((odd, worse), (past, errors)).worst}
    assert "(missing)" in levels
    codes = found((odd, np.where(odd["code"] == 2, 3 * errors, errors)), (past, errors)).worst
    assert (codes[0].column, codes[0].level) == ("code", "2")
    assert found((odd.head(0), errors[:0]), (past, errors)).tested == 0


def test_weights_count():
    features, errors = table(2000, seed=1)
    hit = (features["city"] == "Oslo").to_numpy()
    worse = np.where(hit, 3 * errors, errors)
    weight = np.where(hit & (np.abs(errors) > 0.1), 0.0, 1.0)
    past, past_errors = table(2000)
    summary = worst_segments(
        sample(worse, weight=weight), features, sample(past_errors), past, RMSE
    )
    assert summary.worst == []


def test_the_loss_of_a_row_suits_the_metric():
    values = Sample(np.array([1.0, 5.0]), np.array([3.0, 4.0]), ordered=False)
    assert losses_of(values, RMSE).tolist() == [4, 1]
    assert losses_of(values, Measure("mae")).tolist() == [2, 1]
    assert row_losses(
        values.truth, values.prediction, Measure("pinball", quantile=0.9)
    ) == pytest.approx([0.2, 0.9])
    classes = Sample(np.array([0, 1]), np.array([[0.8, 0.2], [0.7, 0.3]]), ordered=False)
    assert losses_of(classes, Measure("roc_auc")) == pytest.approx(-np.log([0.8, 0.3]))
    assert losses_of(classes, Measure("f1")).tolist() == [0, 1]
    bold = Measure("f1").decided(Labelling(weights=(0.1, 0.9)))
    assert losses_of(classes, bold).tolist() == [1, 0]
    costs = Measure("cost", costs=((0.0, 1.0), (7.0, 0.0)), decision=Labelling())
    assert losses_of(classes, costs).tolist() == [0, 7]


def test_a_window_of_the_store_meets_the_champions_holdout(world):
    arrived = rows(800, seed=1)
    arrived["y"] = np.where(arrived["kind"] == "b", arrived["y"] + 3, arrived["y"])
    stored = StoredRows(load_snapshot(world.store, world.problem.name, world.arrive(arrived)))
    assert stored.take(np.arange(1000, 1800))["x"].tolist() == arrived["x"].tolist()
    plan = load_plan(world.store, world.problem.name, "nightly__1")
    labelled = pd.DataFrame(
        {"label": arrived["y"], "prediction": 3 * arrived["x"], "position": arrived.index + 1000}
    )
    # In the order of time, not of the snapshot.
    labelled = labelled.sample(frac=1, random_state=0)
    summary = measure_segments(
        labelled, stored, world.store, plan, candidate=candidate_of(plan), columns=["kind", "x"]
    )

    (worst,) = summary.worst
    assert (worst.column, worst.level) == ("kind", "b")
    assert worst.loss == pytest.approx(10, rel=0.15)
    assert len(judged_rows(labelled, plan)) == len(window_sample(labelled, plan)[0])
