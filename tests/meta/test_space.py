import numpy as np
import pytest

from automl_tasks.meta import SPACES, Choice, Number, Space
from automl_tasks.models import FAMILIES

SPACE = Space(
    {
        "rate": Number(0.001, 1.0, log=True),
        "count": Number(1, 20, integer=True),
        "kind": Choice(("plain", "deep")),
        "depth": Number(2, 9, log=True, integer=True),
    },
    conditions={"depth": ("kind", ("deep",))},
    fixed={"seed": 1},
)


def test_points_become_parameters_within_their_ranges() -> None:
    drawn = [SPACE.params(each) for each in np.random.default_rng(0).random((500, 4))]
    assert {each["count"] for each in drawn} == set(range(1, 21))
    assert {each["depth"] for each in drawn if "depth" in each} == set(range(2, 10))
    assert all(0.001 <= each["rate"] <= 1.0 and each["seed"] == 1 for each in drawn)
    assert all(("depth" in each) == (each["kind"] == "deep") for each in drawn)
    assert np.median([each["rate"] for each in drawn]) == pytest.approx(0.03, rel=0.3)


@pytest.mark.parametrize("space", [SPACE, *SPACES.values()])
def test_parameters_find_their_point_again(space: Space) -> None:
    for point in np.random.default_rng(1).random((50, len(space.dimensions))):
        params = space.params(point)
        again = np.nan_to_num(space.point(params), nan=0.5)
        assert space.params(again) == params


def test_what_is_not_given_or_inactive_has_no_place() -> None:
    assert np.isnan(SPACE.point({"kind": "plain", "depth": 4, "rate": 0.1})).tolist() == [
        False,
        True,
        False,
        True,
    ]


def test_foreign_values_lie_at_the_nearest_end_or_nowhere() -> None:
    place = SPACE.point({"rate": 50.0, "count": -3, "kind": "unheard of"})
    assert place[:2].tolist() == [1.0, 0.0]
    assert np.isnan(place[2])


@pytest.mark.parametrize("name", SPACES)
def test_a_surrogate_sees_one_place_for_one_value(name: str) -> None:
    points = np.random.default_rng(2).random((20, len(SPACES[name].dimensions)))
    snapped = SPACES[name].snapped(points)
    for before, after in zip(points, snapped, strict=True):
        assert SPACES[name].params(np.where(np.isnan(after), 0.5, after)) == SPACES[name].params(
            before
        )


def test_every_family_can_be_searched() -> None:
    assert set(FAMILIES) - set(SPACES) == {"centroids"}  # which have no parameters
    assert set(SPACES) <= set(FAMILIES)


@pytest.mark.parametrize("name", SPACES)
def test_a_family_trains_with_any_point_of_its_space(name: str) -> None:
    import pandas as pd

    family, space, random = FAMILIES[name], SPACES[name], np.random.default_rng(3)
    X = pd.DataFrame(random.random((120, 3)), columns=list("abc"))
    y = (X["a"] > 0.5).to_numpy(np.int64)
    for point in random.random((2, len(space.dimensions))):
        params = {key: value for key, value in space.params(point).items() if key != "recipe"}
        fitted = family.fit(
            X,
            y,
            task="binary",
            params=params | ({} if name in ("linear", "knn") else {"iterations": 10}),
            classes=2,
            valid=None,
            threads=1,
            seed=0,
            seconds=10,
        )
        predicted = fitted.predict(X)
        assert predicted.shape == (120, 2)
        assert np.isfinite(predicted).all()
