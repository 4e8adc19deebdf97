import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import equalized_odds_difference

from automl_tasks.search.group_thresholds import GroupRows, find_thresholds
from automl_tasks.search.measure import Labelling
from automl_tasks.serve.groups import find_groups
from automl_tasks.serve.labels import decide, decision_of_rows


@pytest.fixture(scope="module")
def scored():
    """Rows of two groups; of one the scores are too low."""
    rng = np.random.default_rng(0)
    rows = 4000
    group = rng.choice(["f", "m"], rows)
    merit = rng.normal(size=rows)
    positive = merit + rng.normal(0, 0.7, rows) > 0
    probability = 1 / (1 + np.exp(-(2 * merit - 1.0 * (group == "f"))))
    return GroupRows(probability, positive, group.astype(object), None)


def apart(rows, thresholds):
    said = rows.probability > np.array([thresholds.get(name, 0.5) for name in rows.group])
    return equalized_odds_difference(rows.positive, said, sensitive_features=rows.group)


def test_groups_are_brought_as_near_as_the_limit_asks_and_no_nearer(scored):
    assert apart(scored, {}) > 0.15
    found = [
        find_thresholds(scored, ["f", "m"], 0.5, measure="equalized_odds_difference", limit=limit)
        for limit in (1.0, 0.1, 0.03)
    ]
    assert found[0] == {"f": 0.5, "m": 0.5}
    assert apart(scored, found[1]) <= 0.1
    assert apart(scored, found[2]) <= 0.03
    assert found[2]["f"] < found[1]["f"] < 0.5


def test_equal_shares_are_approached_when_they_are_asked_for(scored):
    found = find_thresholds(
        scored, ["f", "m"], 0.5, measure="demographic_parity_difference", limit=0.01
    )
    said = scored.probability > np.array([found[name] for name in scored.group])
    shares = [said[scored.group == name].mean() for name in "fm"]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)


def test_a_group_of_one_class_keeps_the_common_threshold(scored):
    rows = GroupRows(
        scored.probability, scored.positive | (scored.group == "f"), scored.group, None
    )
    found = find_thresholds(rows, ["f", "m"], 0.4, measure="equal_opportunity_difference", limit=0)
    assert "f" not in found


def test_each_row_is_decided_by_its_group_and_unknown_ones_by_the_common_threshold():
    groups = find_groups(pd.Series(["f", "m"] * 40, name="sex"), 30)
    state = {"groups": groups, "weights": {"f": [0.3, 0.7]}, "common": [0.5, 0.5]}
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.4, 0.6], [0.6, 0.4]])
    rows = pd.DataFrame({"sex": ["f", "m", None, "x"]})
    assert decide(probabilities, decision_of_rows(state, rows)).tolist() == [1, 0, 1, 0]
    without = decision_of_rows(state, rows.drop(columns="sex"))
    assert decide(probabilities, without).tolist() == [0, 0, 1, 0]


def test_the_cut_is_where_costs_and_weights_turn():
    decision = Labelling((0.3, 0.7), ((0.0, 1.0), (5.0, 0.0)))
    for share in (decision.cut - 0.01, decision.cut + 0.01):
        told = decision.labels(np.array([[1 - share, share]]))
        assert told[0] == (share > decision.cut)
    assert Labelling().cut == 0.5
    assert Labelling((0.2, 0.8)).cut == Labelling((0.2, 0.8)).threshold
