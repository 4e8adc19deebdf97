import numpy as np

from automl_tasks.meta.votes import TableVotes

# Two kinds of tables: the first two like configuration 0, the others 3.
LOSSES = np.array(
    [[0, 0.1, 1, 2, 1.5], [0, 0.2, 1, 2, 1.4], [2, 1.9, 1, 0, 0.6], [2, 2, 1, 0, 0.5]]
)
NONE = np.array([], dtype=np.int64)


def test_before_results_the_weights_decide() -> None:
    first = TableVotes(LOSSES, np.array([0.4, 0.4, 0.1, 0.1])).gains(NONE, np.array([]))
    other = TableVotes(LOSSES, np.array([0.1, 0.1, 0.4, 0.4])).gains(NONE, np.array([]))
    assert first.argmax() == 0
    assert other.argmax() == 3


def test_a_near_duplicate_gains_little() -> None:
    votes = TableVotes(LOSSES, np.full(4, 0.25))
    gains = votes.gains(np.array([0]), np.array([0.2]))
    assert gains[3] > 5 * gains[1]


def test_what_few_tables_liked_little_is_in_an_order_too() -> None:
    gains = TableVotes(LOSSES, np.full(4, 0.25)).gains(np.array([0, 3]), np.array([0.2, 0.3]))
    assert gains[1] > gains[4] > gains[2] > 0


def test_results_outvote_the_weights() -> None:
    votes = TableVotes(LOSSES, np.array([0.45, 0.45, 0.05, 0.05]))
    liked = votes.gains(np.array([1, 2, 4]), np.array([900.0, 500.0, 300.0]))
    assert liked.argmax() == 3
