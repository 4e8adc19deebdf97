import math

import numpy as np
import pytest

from automl_tasks.meta import Choice, ForestSampler, Number, Observation, Space

SPACE = Space(
    {
        "rate": Number(0.001, 1.0, log=True),
        "depth": Number(1, 20, integer=True),
        "kind": Choice(("plain", "smooth")),
        "width": Number(0.0, 1.0),
    },
    conditions={"width": ("kind", ("smooth",))},
)


def loss(params: dict[str, object]) -> float:
    extra = 1.0 if params["kind"] == "plain" else (float(str(params["width"])) - 0.3) ** 2
    rate, depth = float(str(params["rate"])), int(str(params["depth"]))
    return (math.log(rate) + 3) ** 2 + abs(depth - 7) / 5 + extra


def search(count: int, seed: int = 0) -> list[Observation]:
    sampler, seen = ForestSampler(SPACE, seed), []
    for _ in range(count):
        params = sampler.propose(seen).params
        seen.append(Observation(params, loss(params)))
    return seen


@pytest.fixture(scope="module")
def seen() -> list[Observation]:
    return search(25, 5)


def test_it_finds_the_valley_sooner_than_chance(seen: list[Observation]) -> None:
    random = np.random.default_rng(0)
    chance = np.mean(
        [min(loss(SPACE.params(point)) for point in random.random((25, 4))) for _ in range(50)]
    )
    searches = (seen, search(25, 3), search(25, 4))
    ends = [min(each.loss for each in every) for every in searches]
    assert np.median(ends) < 0.1 * chance


def test_a_search_that_was_interrupted_continues_as_if_it_had_not_been(
    seen: list[Observation],
) -> None:
    assert ForestSampler(SPACE, 5).propose(seen[:11]).params == seen[11].params


def test_nothing_is_proposed_twice(seen: list[Observation]) -> None:
    assert len({tuple(sorted(each.params.items())) for each in seen}) == len(seen)


def test_what_runs_elsewhere_is_not_proposed(seen: list[Observation]) -> None:
    first = ForestSampler(SPACE).propose(seen[:8])
    second = ForestSampler(SPACE).propose(seen[:8], pending=[first.params])
    assert second.params != first.params


def test_failures_are_kept_away_from() -> None:
    good = [{"rate": 0.01, "depth": at + 1, "kind": "smooth", "width": at / 10} for at in range(10)]
    ended = [Observation(each, loss(each)) for each in good]
    failed = [
        Observation({"rate": 0.01, "depth": at + 1, "kind": "plain"}, math.inf) for at in range(10)
    ]
    proposals = [ForestSampler(SPACE, seed).propose(ended + failed) for seed in range(4)]
    assert sum(each.params["kind"] == "smooth" for each in proposals) >= 3


def test_what_is_slow_must_be_worth_it(seen: list[Observation]) -> None:
    timed = [
        Observation(each.params, each.loss, 1.0 if each.params["kind"] == "plain" else 1000.0)
        for each in seen
    ]
    quick, best = (ForestSampler(SPACE, 2).propose(each) for each in (timed, seen))
    assert best.params["kind"] == "smooth"
    assert best.seconds is None
    assert quick.params["kind"] == "plain"
    assert quick.seconds is not None
    assert quick.seconds < 30


def test_a_space_that_is_used_up_ends_without_an_error() -> None:
    tiny = Space({"kind": Choice(("a", "b"))})
    ended = [Observation({"kind": "ab"[at % 2]}, float(at)) for at in range(6)]
    assert ForestSampler(tiny).propose(ended).params["kind"] in ("a", "b")


def test_what_is_left_of_a_small_space_is_found() -> None:
    small = Space({"kind": Choice(("a", "b", "c"))})
    ended = [Observation({"kind": "ab"[at % 2]}, float(at)) for at in range(6)]
    assert ForestSampler(small).propose(ended).params == {"kind": "c"}


@pytest.mark.parametrize("count", [0, 3])
def test_with_little_to_learn_from_it_draws(seen: list[Observation], count: int) -> None:
    proposal = ForestSampler(SPACE).propose(seen[:count])
    assert proposal.improvement is None
