import shutil

import numpy as np
import pytest

from automl_tasks.search.catalogue import Catalogue
from automl_tasks.search.ledger import FoldRecord, Ledger, OutOfFold
from automl_tasks.search.schedule import Schedule
from automl_tasks.search.selection import Selector
from automl_tasks.search.split import split_rows


class Night:
    """A planned search whose folds a test ends as it likes."""

    def __init__(self, shop, plan):
        self.plan, self.ledger = plan, Ledger(shop.store, f"shop/runs/{plan.run}")
        self.schedule = Schedule(
            plan,
            self.ledger,
            Selector(shop.store, plan, self.ledger),
            Catalogue(shop.store, plan),
            lanes=1,
        )
        frame = shop.frame_of(plan)
        self.folds = split_rows(plan, frame).folds
        self.truth = (frame["buys"] == "yes").to_numpy(dtype=float)

    def next(self, left=100.0):
        return next(iter(self.schedule.steps(left, ())), None)

    def end(self, step, *, noise=0.3, seconds=1.0):
        rows = self.folds[step.fold][1]
        rng = np.random.default_rng([len(step.configuration.id), step.fold])
        positive = np.clip(0.5 + (self.truth[rows] - 0.5) * (1 - noise), 0.01, 0.99)
        positive = np.clip(positive + rng.normal(0, noise, len(rows)), 0, 1)
        self.ledger.record(
            FoldRecord(
                configuration=step.configuration,
                fold=step.fold,
                status="ok",
                loss=noise,
                seconds=seconds,
                train_rows=200,
                valid_rows=len(rows),
                finished_at=f"{len(self.ledger.trials()):04d}",
            ),
            OutOfFold(
                rows, np.full(len(rows), step.fold), np.column_stack([1 - positive, positive])
            ),
        )


@pytest.fixture
def night(shop):
    return Night(shop, shop.replan(shop.planned(), **shop.everything, trials=None))


def test_a_quick_linear_model_and_a_shallow_booster_come_first(night):
    first = night.next()
    assert (first.configuration.family, first.fold) == ("linear", 0)
    night.end(first)
    second = night.next()
    assert (second.configuration.family, second.fold) == ("lightgbm", 0)


def test_cheap_promising_trials_are_completed_and_hopeless_ones_are_not(night):
    steps = []
    for at in range(60):
        step = night.next()
        steps.append(step)
        night.end(step, noise=0.1 if step.configuration.family == "linear" else 0.1 + 0.01 * at)
    trials = night.ledger.good()
    assert trials[0].complete
    assert not trials[-1].complete
    assert len({step.configuration.id for step in steps}) > 8


def test_what_takes_longer_than_what_is_left_is_not_begun(night):
    for _ in range(4):
        night.end(night.next(), seconds=10.0)
    assert night.next(left=0.05) is None


def test_near_the_end_the_members_get_their_folds_and_nothing_new_is_begun(night):
    begun = set()
    for _ in range(5):
        step = night.next()
        begun.add(step.configuration.id)
        night.end(step, seconds=5.0)
    late = night.next(left=8.0)
    assert late.configuration.id in begun
    assert late.fold > 0


def test_proposals_around_the_best_follow_the_plan_and_end_when_they_do_not_help(night):
    planned = {each.id for each in night.plan.configurations}
    seen = []
    for _ in range(400):
        step = night.next()
        if step is None:
            break
        seen.append(step.configuration.id)
        night.end(step, noise=0.1 if step.configuration.id in planned else 0.6, seconds=0.1)
    assert night.next() is None
    assert night.schedule.ended() == "the newest configurations no longer improve the ensemble"
    proposed = {each for each in seen if each not in planned}
    assert len(proposed) >= 30


def test_a_budget_in_trials_begins_so_many(shop):
    night = Night(shop, shop.replan(shop.planned(), **shop.everything, trials=3))
    begun = set()
    while (step := night.next()) is not None:
        begun.add(step.configuration.id)
        night.end(step)
    assert len(begun) == 3
    assert night.schedule.ended() == "all 3 trials of the budget were made"


@pytest.mark.parametrize("planned", [2, 26])
def test_with_a_budget_in_trials_no_duration_decides(shop, tmp_path_factory, planned):
    plan = shop.planned()
    plan = shop.replan(plan, configurations=shop.everything["configurations"][:planned], trials=40)
    took = []
    for speed in (0.01, 7.0):
        other = type(shop)(tmp_path_factory.mktemp("other"))
        shutil.copytree(shop.folder, other.folder, dirs_exist_ok=True)
        night, steps = Night(other, plan), []
        for at in range(50):
            step = night.next(left=1_000.0 / speed)
            steps.append((step.configuration.id, step.fold))
            night.end(step, noise=0.2 + 0.2 * ((7 * at) % 11) / 11, seconds=speed * (1 + at % 3))
        took.append(steps)
    assert took[0] == took[1]
    assert len({trial for trial, _ in took[0]}) > min(planned, 10)  # else nothing was decided


def test_the_family_that_leads_is_trained_longer_before_others_are_varied(night):
    others = set()
    for _ in range(80):
        step = night.next()
        configuration = step.configuration
        if configuration.effort > 1:
            break
        if configuration.family != "mlp":
            others.add(configuration.id)
        night.end(step, noise=0.05 if configuration.family == "mlp" else 0.4)
    assert configuration.family == "mlp"
    planned = {each.id for each in night.plan.configurations if each.family != "mlp"}
    families = {each.family for each in night.plan.configurations} - {"mlp"}
    assert {each.split("-")[0] for each in others} == families
    assert len(others) < 0.7 * len(planned)
