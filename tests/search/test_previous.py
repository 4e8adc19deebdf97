import json
import shutil
from itertools import islice

import pytest

from automl_tasks.deliver import promotion as promotions
from automl_tasks.search import build_candidate, load_candidate, make_plan, run_worker
from automl_tasks.search.assembly import trial_weights
from automl_tasks.search.catalogue import Catalogue
from automl_tasks.search.ledger import Ledger
from automl_tasks.store import Store
from tests.search.conftest import make_people

TRIALS = 5


@pytest.fixture(scope="module")
def evening(lasting_shop):
    """A finished search named first, a plan from before it named early, and newer data."""
    shop = lasting_shop
    problem, newer = shop.snapshot_of(make_people(seed=1), "buys")
    shop.planned(run="first", trials=TRIALS)
    early = make_plan(problem, shop.store, newer, "early", minutes=2)
    run_worker(shop.store, "shop", "first")
    build_candidate(shop.store, "shop", "first")
    return shop, problem, newer, early


class Night:
    """A store of its own, in which an earlier search has ended, and the next one."""

    def __init__(self, evening, folder):
        shop, self.problem, self.newer, self.early = evening
        shutil.copytree(shop.store.root, folder / "store")
        self.store = Store(folder / "store")

    def plan(self, run="next", *, minutes=2.0, **changes):
        problem = self.problem.model_copy(update=changes)
        return make_plan(problem, self.store, self.newer, run, minutes=minutes)

    def heaviest(self, run="first"):
        """Family and wanted parameters of an ensemble's trials, the heaviest first."""
        weights = trial_weights(load_candidate(self.store, "shop", run).members)
        trials = {each.id: each for each in Ledger(self.store, f"shop/runs/{run}").trials()}
        ordered = sorted(weights, key=lambda trial: (-weights[trial], trial))
        return [(trials[each].family, trials[each].configuration.wanted) for each in ordered]

    def edit(self, key, change):
        path = self.store.path(f"shop/runs/{key}")
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    def weigh(self, weights, run="first"):
        """Let an ensemble consist of these trials, by their places in the leaderboard."""
        trials = [each.id for each in Ledger(self.store, f"shop/runs/{run}").trials()]

        def change(candidate):
            one = candidate["members"][0]
            candidate["members"] = [
                {**one, "trial": trials[at], "weight": weight} for at, weight in weights.items()
            ]

        self.edit(f"{run}/candidate/candidate.json", change)

    def another(self, run, hour):
        """A copy of the first run that ended at an hour of a later day, of other models."""
        shutil.copytree(self.store.path("shop/runs/first"), self.store.path(f"shop/runs/{run}"))
        for path in self.store.path(f"shop/runs/{run}/trials").glob("*/*/manifest.json"):
            ended = f"2099-01-01T{hour:02}:00:00+00:00"
            path.write_text(json.dumps(json.loads(path.read_text()) | {"finished_at": ended}))

    def promote(self, run, hour, *, applied=True):
        record = promotions.Promotion(
            id=f"{run}-{hour}",
            problem="shop",
            version=hour,
            champion_before=None,
            run=run,
            snapshot=self.newer,
            verdict="promote",
            reason="better",
            applied=applied,
            decided_at=f"2099-01-02T{hour:02}:00:00+00:00",
        )
        promotions.save(self.store, record)


@pytest.fixture
def night(evening, tmp_path):
    return Night(evening, tmp_path)


def without_quick(models):
    """Without the linear model and the shallow LightGBM, with which every plan begins."""
    quick = [("linear", None, "linear"), ("lightgbm", 0.2, None)]
    return [
        (family, wanted)
        for family, wanted in models
        if (family, wanted.get("learning_rate"), wanted.get("recipe")) not in quick
    ]


def leading(plan):
    """Family and wanted parameters of what comes first beside the two quick models."""
    first = [(each.family, each.wanted) for each in plan.configurations[: plan.leading]]
    found = without_quick(first)
    assert len(found) == len(first) - 2
    assert first[0] not in found
    return found


def is_cold(plan):
    return not leading(plan) and not any("starts from" in note for note in plan.notes)


def test_a_retrain_starts_from_the_models_of_the_last_ensemble_and_says_so(night):
    night.weigh({3: 0.2, 1: 0.5, 2: 0.3})
    plan = night.plan()
    expected = night.heaviest()
    assert len(expected) == 3
    assert leading(plan) == without_quick(expected)
    families = ", ".join(dict.fromkeys(family for family, _ in expected))
    assert f"starts from the models of run first: {families}" in plan.notes
    ids = [each.id for each in plan.configurations]
    assert len(set(ids)) == len(ids)
    assert {each.family for each in plan.configurations} >= {"lightgbm", "catboost", "xgboost"}


def test_the_heaviest_four_are_enough(night):
    weights = {0: 0.1, 1: 0.3, 2: 0.25, 3: 0.05, 4: 0.3}
    night.weigh(weights)
    assert len(night.heaviest()) == TRIALS
    assert leading(night.plan()) == without_quick(night.heaviest()[:4])


def test_the_new_budget_decides_how_fast_they_learn(night):
    slow, fast = night.plan("slow", minutes=60), night.plan("fast", minutes=0.01)
    assert leading(slow) == leading(fast)
    rates = [
        [each.params.get("learning_rate", 0) for each in plan.configurations[: plan.leading]]
        for plan in (slow, fast)
    ]
    assert sum(rates[1]) > sum(rates[0])


def test_the_search_tries_them_first(night):
    night.weigh({1: 0.4, 2: 0.3, 3: 0.3})
    plan = night.plan()
    assert plan.leading >= 3
    suggested = Catalogue(night.store, plan).planned([], set())
    first = [each.configuration.id for each in islice(suggested, plan.leading)]
    assert first == [each.id for each in plan.configurations[: plan.leading]]


def test_of_several_searches_the_last_one_counts(night):
    night.another("second", 2)
    night.another("third", 1)
    assert "starts from the models of run second" in " ".join(night.plan().notes)


def test_the_champions_search_counts_before_a_later_one(night):
    night.another("second", 2)
    night.another("third", 3)
    night.promote("first", 1)
    night.promote("second", 2)
    night.promote("third", 3, applied=False)
    assert "starts from the models of run second" in " ".join(night.plan().notes)
    night.promote("first", 4)  # a rollback
    assert "starts from the models of run first" in " ".join(night.plan("again").notes)


def test_a_champion_whose_run_is_gone_is_replaced_by_the_last_search(night):
    night.promote("long_ago", 1)
    (night.store.path("shop/promotions") / "half.json").write_text('{"applied": tr')
    assert "starts from the models of run first" in " ".join(night.plan().notes)


def test_a_plan_that_was_made_before_stays_as_it_is(night):
    again = night.plan("early")
    assert again == night.early
    assert is_cold(again)


def test_the_same_store_gives_the_same_plan(night):
    one, other = night.plan("one"), night.plan("other")
    assert other.model_copy(update={"run": "one"}) == one


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"members": [{"name": "m0"}]}', '{"memb'])
def test_a_run_that_cannot_be_read_counts_as_none(night, content):
    night.store.path("shop/runs/first/candidate/candidate.json").write_text(content)
    assert is_cold(night.plan())


def test_a_run_whose_trials_or_plan_cannot_be_read_counts_as_none(night):
    night.weigh({0: 1.0})
    for path in night.store.path("shop/runs/first/trials").glob("*/*/manifest.json"):
        path.write_text('{"configuration": {"family": "linear"}}')
    assert is_cold(night.plan())
    night.store.path("shop/runs/first/plan.json").write_bytes(b"\xff\x00")
    assert is_cold(night.plan("again"))


def test_a_run_that_learned_something_else_counts_as_none(night):
    night.edit("first/plan.json", lambda plan: plan["problem"].update(target="sex"))
    assert is_cold(night.plan())
    night.edit(
        "first/plan.json", lambda plan: plan["problem"].update(target="buys", task="regression")
    )
    assert is_cold(night.plan("again"))


def test_a_model_that_this_version_does_not_know_is_left_out(night):
    night.weigh({1: 0.6, 2: 0.4})
    unknown, known = night.heaviest()
    trials = Ledger(night.store, "shop/runs/first").trials()
    for path in night.store.path(f"shop/runs/first/trials/{trials[1].id}").glob("*/manifest.json"):
        record = json.loads(path.read_text())
        record["configuration"]["family"] = "oracle"
        path.write_text(json.dumps(record))
    assert night.heaviest() == [("oracle", unknown[1]), known]
    assert leading(night.plan()) == [known]
