import json

import pytest

from .conftest import labels_of, rows
from .test_checking import arrive_and_check


def test_an_estimate_is_of_the_labels_that_groups_were_given(make_world):
    world = make_world(metric="f1", protected=["kind"])
    world.crown(world.arrive(labels_of(rows(800, start="2011-01-01"))))
    path = world.store.path(f"{world.problem.name}/runs/nightly__1/candidate/candidate.json")
    by_group = {
        "groups": {"column": "kind", "levels": ["a", "b"]},
        "weights": {"a": [0.5, 0.5], "b": [1.0, 0.0]},
        "common": [0.5, 0.5],
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | {"group_decision": by_group}))
    unlabelled = labels_of(rows(300, seed=2)).assign(y=None)
    estimate = arrive_and_check(world, unlabelled).estimate
    # The known model gives all groups the same labels; its holdout is judged by those by group.
    assert estimate.score == pytest.approx(0.9, abs=0.07)
    assert estimate.reference_score < 0.75
