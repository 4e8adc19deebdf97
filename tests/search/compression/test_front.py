from automl_tasks.search.compression.front import point_of, with_dominance
from automl_tasks.search.compression.timing import Cost


def point(name, loss, ms, mb):
    return point_of(name, loss, Cost(ms, ms, mb), chosen=False)


def test_a_point_is_dominated_by_one_that_is_nowhere_worse():
    points = [
        point("slow", 0.30, 2.0, 1.0),
        point("best", 0.10, 1.0, 1.0),
        point("small", 0.20, 1.0, 0.1),
        point("best again", 0.10, 1.0, 1.0),
    ]
    found = {each.name: each.dominated for each in with_dominance(points)}
    assert found == {"best": False, "best again": False, "small": False, "slow": True}
    assert [each.name for each in with_dominance(points)][-1] == "slow"
