import io

import pytest
from rich.console import Console

from automl_tasks.cli.display import SearchProgress

STATE = {
    "stage": "search",
    "elapsed_seconds": 9.0,
    "budget_seconds": 60.0,
    "trials": 7,
    "metric": "roc_auc",
}


@pytest.fixture(params=[False, True], ids=["plain", "live"])
def shown(request):
    """Shows states as they follow each other, and returns what was written."""

    def show(*states):
        out = io.StringIO()
        console = Console(file=out, force_terminal=request.param, width=200)
        with SearchProgress(console) as progress:
            for state in states:
                progress.update(STATE | state)
        return out.getvalue()

    return show


def test_a_score_of_the_first_folds_is_not_called_the_best(shown):
    first = {"best": 0.79785, "best_folds": [2, 5]}
    text = shown(first)
    assert "0:51 left, 7 trials, roc_auc 0.79785 on 2 of 5 folds so far" in text
    assert "best" not in text
    assert "best roc_auc 0.77654" in shown(
        first, {"best": 0.77654, "best_folds": [5, 5], "trials": 8}
    )


def test_a_replay_has_no_time_left_to_tell(shown):
    text = shown({"budget_seconds": 4000.0, "replays": "r1"})
    assert "0:09 elapsed, 7 trials" in text
    assert "left" not in text
