import numpy as np
import pytest

from automl_tasks.search.compression.replaying import chosen_again
from automl_tasks.search.configurations import Configuration
from automl_tasks.search.ledger import Trial
from automl_tasks.search.selection import Selection

FOLDS = 6


def trial(name):
    return Trial(Configuration(id=name, family="linear", params={}, folds=FOLDS), [], 0.1)


@pytest.fixture
def selection():
    """The ensemble, of which a run with limits has kept other weights."""
    nothing = np.empty(0)
    return Selection(
        chosen=[(trial("a"), 0.5), (trial("b"), 0.3), (trial("c"), 0.2)],
        others=[trial("d")],
        rows=nothing,
        predictions={},
        y=nothing,
        folds=nothing,
        weight=None,
        plan=None,
    )


def bag(name, weight):
    return [{"trial": name, "weight": weight / FOLDS}] * FOLDS


def refitted(name, weight):
    return [{"trial": name, "weight": weight}]


def test_trials_are_in_the_order_in_which_they_were_chosen(selection):
    """Not in that of the members, of which the refitted come last."""
    members = [*bag("a", 0.25), *bag("d", 0.25), *refitted("b", 0.25), *refitted("c", 0.25)]
    found = chosen_again(selection, members)
    assert [each.id for each, _ in found.chosen] == ["a", "b", "c", "d"]
    weights = [weight for _, weight in found.chosen]
    assert weights == pytest.approx([0.25] * 4)
    assert weights[0] < weights[1]  # a sum over folds is not the whole in every bit
    assert found.others == []


def test_heavier_trials_come_first_and_others_are_left_out(selection):
    found = chosen_again(selection, [*bag("b", 0.4), *bag("d", 0.6)])
    assert [each.id for each, _ in found.chosen] == ["d", "b"]
    assert [each.id for each in found.others] == ["a", "c"]


def test_a_student_is_no_trial_of_the_selection(selection):
    assert chosen_again(selection, refitted("student", 1.0)) is None
