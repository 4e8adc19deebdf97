import math

import numpy as np
import pytest

from automl_tasks.monitor.payoff import (
    AGES,
    Pairs,
    Saving,
    Savings,
    in_pace,
    judge_payoff,
    measure_saving,
)

COST = 0.02
NOTHING = Pairs(champion=None, by_age={})


def saving(share, error=0.002):
    return Saving(share=share, variance=error**2)


def window(share=None, *, as_many=None, newest=None, alone=None, error=0.002):
    """Comparisons with the champion alone: between models of all rows, of as many, of a half."""
    every, alike = (
        Pairs(champion=None if each is None else saving(each, error), by_age={})
        for each in (share, as_many)
    )
    return Savings(all_rows=every, as_many=alike, newest=newest, alone=alone)


def judged(windows, *, growth=2.0, cost=COST):
    return judge_payoff(windows, windows, cost=cost, growth=growth)


class Replay:
    """A champion window after window; each model's loss on each window has noise of its own.

    `aging` of a number of windows is what a model so much older loses. All of its noise is in the
    variances, as it is where blocks of rows are independent.
    """

    def __init__(self, seed, aging, *, noise=0.02, first=20, count=60):
        self._noise, self._aging = noise, aging
        # By kind, window and model; a model is called by the first window that it does not know.
        self._own = np.random.default_rng(seed).normal(scale=noise, size=(2, count, count))
        self.checks, self.retrains = count, []
        champion, windows = -1, []
        for newest in range(count):
            windows.append(self._window(newest, champion))
            growth = (first + newest + 1) / (first + champion + 1)
            payoff = judge_payoff(windows, windows[champion + 1 :], cost=COST, growth=growth)
            if payoff.pays and in_pace(self.retrains, newest):
                champion = newest
                self.retrains.append(newest)

    def _window(self, at, champion):
        ages = [age for age in AGES if age <= at]
        own = at - 1 - champion
        by_kind = [
            Pairs(
                champion=self._pair(kind, at, own) if own else None,
                by_age={age: self._pair(kind, at, age) for age in ages},
            )
            for kind in (0, 1)
        ]
        return Savings(all_rows=by_kind[0], as_many=by_kind[1], newest=None)

    def _pair(self, kind, at, age):
        older, fresh = self._own[kind, at, at - age], self._own[kind, at, at]
        return Saving(share=older - fresh + self._aging(age), variance=2 * self._noise**2)


def test_models_that_do_not_age_are_hardly_ever_trained_again():
    replays = [Replay(seed, lambda _: 0.0) for seed in range(12)]
    retrains, checks = (
        sum(map(of, replays)) for of in (lambda each: len(each.retrains), lambda each: each.checks)
    )
    assert checks == 720
    assert retrains <= 0.02 * checks


def test_models_that_age_are_trained_again_and_the_sooner_the_faster():
    def slow(age):
        return 0.01 * math.sqrt(age)

    def fast(age):
        return 0.05 * math.sqrt(age)

    counts = [[len(Replay(seed, aging).retrains) for seed in range(3)] for aging in (slow, fast)]
    assert min(counts[0]) >= 3
    assert sum(counts[0]) < sum(counts[1])
    assert max(counts[1]) <= 2 * 60 / 5  # the pace


def test_small_savings_add_up_until_they_exceed_the_cost():
    said = [judged([window(0.008)] * count) for count in (1, 2, 3)]
    assert [each.lost for each in said] == pytest.approx([0.008, 0.016, 0.024])
    assert [each.pays for each in said] == [False, False, True]
    assert [each.windows for each in said] == [1, 2, 3]
    assert not judged([window(0.008)] * 3, cost=0.03).pays


def test_savings_that_may_be_chance_do_not_count():
    noisy = judged([window(0.03, error=0.02)])
    assert noisy.lost > COST
    assert noisy.pays is False
    assert judged([window(0.03, error=0.02)] * 3).pays is True  # errors average out


def test_a_champion_that_is_no_worse_than_fresh_models_stays():
    assert judged([window(-0.01)] * 10).pays is False


def test_without_signs_of_age_a_retrain_waits_for_more_rows():
    gained_by_rows_alone = [window(0.02, as_many=0.0)] * 4
    assert judged(gained_by_rows_alone, growth=1.29).pays is False
    assert judged(gained_by_rows_alone, growth=1.3).pays is True
    gained_by_age = [window(0.02, as_many=0.02)] * 4
    said = judged(gained_by_age, growth=1.0)
    assert said.pays is True
    assert said.age_errors >= 2


@pytest.mark.parametrize(
    ("share", "error", "pays"),
    [(0.3, 0.05, True), (0.3, 0.11, False), (0.09, 0.001, False), (-0.3, 0.05, False)],
)
def test_an_abrupt_change_pays_at_once_when_it_is_large_and_certain(share, error, pays):
    said = judged([window(newest=saving(share, error))], growth=1.0)
    assert said.windows == 0
    assert said.pays is pays
    assert said.newest == share
    assert said.newest_at_most == pytest.approx(share + 2 * error)


def test_a_change_that_drowns_among_old_rows_shows_in_a_model_of_the_new_ones_alone():
    said = judged([window(newest=saving(0.01, 0.01), alone=saving(0.3, 0.05))])
    assert (said.pays, said.newest) == (True, 0.3)
    # What is not excluded of either: a search may help when one of them may.
    said = judged([window(newest=saving(0.01, 0.2), alone=saving(0.05, 0.01))])
    assert (said.pays, said.newest) == (False, 0.05)
    assert said.newest_at_most == pytest.approx(0.41)


def test_only_the_newest_window_shows_an_abrupt_change():
    changed, calm = window(newest=saving(0.3, 0.05)), window(newest=saving(0.0, 0.05))
    assert judged([changed, calm]).pays is False
    assert judged([calm, changed]).pays is True


def test_nothing_is_said_where_nothing_was_compared():
    for windows in ([], [window()]):
        said = judged(windows)
        assert said.pays is None
        assert said.newest_at_most is None
        assert said.lost == 0


def test_what_earlier_models_lost_tells_where_the_champion_was_hardly_measured():
    aged = Pairs(champion=None, by_age={age: saving(0.05 * math.sqrt(age)) for age in AGES})
    past = [Savings(all_rows=aged, as_many=aged, newest=None)] * 20
    own = [window(0.0, error=0.5)]
    said = judge_payoff([*past, *own], own, cost=COST, growth=1.0)
    assert said.lost == pytest.approx(0.05, rel=0.1)
    assert said.pays is True
    assert judge_payoff(own, own, cost=COST, growth=1.0).pays is False


def test_what_was_long_ago_is_forgotten():
    def period(level, count):
        aged = Pairs(champion=None, by_age={age: saving(level * math.sqrt(age)) for age in AGES})
        return [Savings(all_rows=aged, as_many=NOTHING, newest=None)] * count

    own = [window(0.0, error=0.5)]
    early = judge_payoff([*period(0.05, 20), *period(0.0, 20), *own], own, cost=COST, growth=2.0)
    late = judge_payoff([*period(0.05, 20), *period(0.0, 200), *own], own, cost=COST, growth=2.0)
    assert late.lost < 0.05 * early.lost


def test_a_saving_is_relative_to_the_usual_loss():
    rng = np.random.default_rng(0)
    older, fresh = rng.random(400) + 0.1, rng.random(400)
    share = np.mean(older - fresh)
    one, half = (measure_saving(older, fresh, usual) for usual in (1.0, 2.0))
    assert one.share == pytest.approx(share)
    assert half.share == pytest.approx(share / 2)
    assert half.variance == pytest.approx(one.variance / 4)


def test_rows_count_by_their_weight():
    older, fresh = np.tile([3.0, 1.0], 50), np.ones(100)
    assert measure_saving(older, fresh, 1.0).share == pytest.approx(1.0)
    heavy = measure_saving(older, fresh, 1.0, np.tile([3.0, 1.0], 50))
    assert heavy.share == pytest.approx(1.5)
    same = measure_saving(older, fresh, 1.0, np.full(100, 7.0))
    assert same == measure_saving(older, fresh, 1.0)
    assert measure_saving(older, fresh, 1.0, np.zeros(100)) is None


@pytest.mark.parametrize("memory", [0.0, 0.7])
def test_the_variance_of_a_saving_is_the_one_that_repetition_shows(memory):
    def losses(seed):
        shocks = np.random.default_rng(seed).normal(size=1000)
        for at in range(1, 1000):
            shocks[at] += memory * shocks[at - 1]
        return shocks

    none = np.zeros(1000)
    found = [measure_saving(losses(seed), none, 1.0) for seed in range(100)]
    real = np.var([each.share for each in found])
    assert np.mean([each.variance for each in found]) == pytest.approx(real, rel=0.3)


def test_a_saving_is_unknown_where_it_cannot_be_measured():
    one = np.ones(100)
    assert measure_saving(one[:2], one[:2], 1.0) is None
    assert measure_saving(one, one, 0.0) is None
    assert measure_saving(one, one, math.nan) is None
    assert measure_saving(np.full(100, math.nan), one, 1.0) is None
    assert measure_saving(one, one, 1.0).share == 0


def test_two_searches_on_five_windows_are_enough():
    assert in_pace([], 0)
    assert in_pace([10], 11)
    assert not in_pace([10, 11], 12)
    assert not in_pace([10, 11], 14)
    assert in_pace([10, 11], 15)
