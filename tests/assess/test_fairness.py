import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    equalized_odds_difference,
)

from automl_tasks.assess.fairness import Judged, fairness_of
from automl_tasks.search.fairness import balanced_weights
from automl_tasks.search.metrics import score
from automl_tasks.serve.groups import find_groups, group_names


@pytest.fixture(scope="module")
def credit():
    """Applicants of whom one group is trusted less, whatever it earns."""
    rng = np.random.default_rng(0)
    rows = 3000
    frame = pd.DataFrame(
        {"sex": rng.choice(["f", "m", "m"], rows), "income": rng.normal(size=rows)}
    )
    frame["height"] = rng.normal(170, 6, rows) + 14 * (frame["sex"] == "m")
    good = frame["income"] + rng.normal(0, 1, rows) > 0
    trusted = frame["income"] + 0.6 * (frame["sex"] == "m") > 0.3
    return frame, good.to_numpy(), trusted.to_numpy()


def judged(good, trusted, weight=None):
    both = np.stack([~trusted, trusted], axis=1).astype(np.float64)

    def metric(rows):
        return score("accuracy", good[rows].astype(int), both[rows])

    return Judged(prediction=both, positive=good, selected=trusted, weight=weight, metric=metric)


def report(credit, **options):
    frame, good, trusted = credit
    settings = {"min_rows": 30, "features": ["income", "height", "sex"], **options}
    return fairness_of(find_groups(frame["sex"], 30), frame, judged(good, trusted), **settings)


def test_differences_are_those_of_fairlearn(credit):
    frame, good, trusted = credit
    found = report(credit).disparities
    for reference in (
        demographic_parity_difference,
        equal_opportunity_difference,
        equalized_odds_difference,
    ):
        told = found[reference.__name__]
        expected = reference(good, trusted, sensitive_features=frame["sex"])
        assert told.value == pytest.approx(expected)
        assert 0.1 < told.low < told.value < told.high
    assert (found["demographic_parity_difference"].lowest) == "f"
    weight = np.where(frame["income"] > 0, 3.0, 1.0)
    weighed = fairness_of(
        find_groups(frame["sex"], 30),
        frame,
        judged(good, trusted, weight),
        min_rows=30,
        features=[],
    )
    assert weighed.disparities["demographic_parity_difference"].value == pytest.approx(
        demographic_parity_difference(
            good, trusted, sensitive_features=frame["sex"], sample_weight=weight
        )
    )


def test_each_group_tells_its_rates_with_their_range(credit):
    frame, good, trusted = credit
    men, women = report(credit).groups
    assert (men.group, women.group, men.rows) == ("m", "f", int((frame["sex"] == "m").sum()))
    rate = women.quantities["selection_rate"]
    assert rate.value == pytest.approx(trusted[frame["sex"] == "f"].mean())
    assert rate.low < rate.value < rate.high
    assert women.quantities["metric"].value == pytest.approx(
        (good == trusted)[frame["sex"] == "f"].mean()
    )


def test_a_column_that_gives_the_group_away_is_named(credit):
    assert [each.column for each in report(credit).proxies] == ["height"]


def test_small_groups_are_not_compared_and_are_counted(credit):
    frame, good, trusted = credit
    few = frame.assign(sex=frame["sex"].where(np.arange(len(frame)) >= 20, "x"))
    found = fairness_of(
        find_groups(few["sex"], 30), few, judged(good, trusted), min_rows=30, features=[]
    )
    assert ({each.group for each in found.groups}, found.pooled) == ({"m", "f"}, 20)
    lonely = few.assign(sex="m")
    alone = fairness_of(
        find_groups(lonely["sex"], 30), lonely, judged(good, trusted), min_rows=30, features=[]
    )
    assert alone.disparities == {}
    assert alone.proxies == []


def test_numbers_are_compared_by_quarter_and_beyond_the_ends_by_the_nearest():
    ages = pd.Series(np.arange(20, 80), name="age")
    groups = find_groups(ages, 10)
    names = group_names(groups, [18, "25", None, 200.0, 79])
    assert names.tolist() == ["up to 34.8", "up to 34.8", "missing", "above 64.2", "above 64.2"]
    assert len(set(group_names(groups, ages))) == 4


@pytest.mark.parametrize("common", [0, 99])
def test_a_number_that_is_mostly_one_value_has_two_groups(common):
    values = pd.Series([common] * 900 + list(range(1, 99)), name="debt")
    names, rows = np.unique(group_names(find_groups(values, 30), values), return_counts=True)
    assert len(names) == 2
    assert rows.min() >= 30


def test_levels_read_the_same_in_any_type_and_new_ones_are_others():
    groups = find_groups(pd.Series([1, 2] * 40 + [3], name="region"), 30)
    assert group_names(groups, ["1", 2.0, 3, None]).tolist() == ["1", "2", "others", "missing"]


def test_balanced_weights_make_group_and_class_independent(credit):
    frame, good, _ = credit
    develop = np.arange(2500)
    groups = [find_groups(frame["sex"], 30)]
    favoured = (frame["sex"] == "m").to_numpy() & (np.arange(len(frame)) % 3 == 0)
    y = (good | favoured).astype(np.int64)
    weight = balanced_weights(frame, groups, y, None, develop)
    assert weight[2500:].sum() == 0
    assert weight.sum() == pytest.approx(2500)
    shares = [
        np.average(y[develop][member], weights=weight[develop][member])
        for member in ((frame["sex"][:2500] == name).to_numpy() for name in "fm")
    ]
    assert shares[0] == pytest.approx(shares[1]) == pytest.approx(y[develop].mean())
