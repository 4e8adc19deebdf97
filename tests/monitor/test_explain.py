import json

import pytest

from automl_tasks.deliver.promotion import Promotion, save
from automl_tasks.errors import DataError
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary
from automl_tasks.monitor.explain import explain
from automl_tasks.monitor.ledger import save_decision
from automl_tasks.monitor.payoff import Payoff
from automl_tasks.store import open_store

from .test_wording import decision_of

ID, RUN = "0123456789abcdef", "drift__0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    store = open_store(str(tmp_path))
    save_decision(store, decision_of(id=ID, run_id=RUN, sentence="RMSE rose; retraining."))
    return store


def facts(explanation, title):
    (section,) = (each for each in explanation.sections if each.title == title)
    return {fact.name: fact.value for fact in section.facts}


def promoted(**changes):
    fields = {
        "id": "p1",
        "problem": "bikes",
        "version": 2,
        "champion_before": 1,
        "run": RUN,
        "snapshot": "s2",
        "verdict": "promote",
        "reason": "better in 97 % of the resamples",
        "applied": True,
        "decided_at": "2012-02-01T03:00:00+00:00",
    }
    return Promotion(**fields | changes)


def test_a_decision_is_told_with_its_grounds(store):
    told = explain(store, "bikes")
    assert (told.status, told.retrain, told.sentence) == (
        "degraded",
        True,
        "RMSE rose; retraining.",
    )
    assert (
        "RMSE on the 744 rows of 2012-01 rose from 41.2 to 58.3"
        in facts(told, "What was measured")["2012-01"]
    )
    assert "900 rows of its holdout" in facts(told, "What was measured")["2012-01"]
    assert facts(told, "Labels")["coverage"] == "100 %: 744 of 744 predicted rows have their label"
    assert facts(told, "Thresholds")["tolerance"] == "0.1"
    assert facts(told, "What it rests on")["champion"] == "version 1 of r1"
    assert told.report is None


def test_drift_is_listed_with_effect_and_certainty(store):
    columns = [
        ColumnDrift(column="temp", kind="numeric", effect=0.5, adjusted=0.001, drifted=True),
        ColumnDrift(column="odd", kind="unknown"),
    ]
    drift = DriftSummary(reference_rows=9, current_rows=9, columns=columns)
    save_decision(store, decision_of(id="ff", drift=drift))
    told = facts(explain(store, "bikes", "ff"), "Drift")
    assert told == {"temp": "effect 0.50, p 0.001", "not compared": "odd"}


def test_what_happened_next_follows_the_search_to_the_gate_and_beyond(store):
    key = f"bikes/runs/{RUN}"

    def next_facts():
        return facts(explain(store, "bikes", ID), "What happened next")

    assert next_facts() == {"search": f"{RUN}: not started"}
    store.write_json(f"{key}/plan.json", {})
    assert next_facts() == {"search": f"{RUN}: planned"}
    progress = {"stage": "search", "trials": 7, "best": 40.123456, "metric": "rmse"}
    store.write_json(f"{key}/progress.json", progress)
    assert next_facts() == {"search": f"{RUN}: search, 7 trials, best rmse 40.123"}
    store.write_json(f"{key}/registered.json", {"version": 2})
    assert next_facts()["challenger"] == "version 2"
    save(store, promoted(id="p0", verdict="keep", reason="not better", applied=False))
    assert next_facts()["gate"] == "keep: not better"
    assert next_facts()["champion"] == "did not become champion"
    save(store, promoted(decided_at="2012-02-02T03:00:00+00:00"))
    assert next_facts()["gate"] == "promote: better in 97 % of the resamples"
    assert next_facts()["champion"] == "became champion"
    later = {"champion_version": 2, "champion_run": RUN, "retrain": False, "run_id": None}
    save_decision(
        store,
        decision_of(
            **later,
            id="aa",
            status="stable",
            sentence="RMSE fell.",
            created_at="2012-03-01T00:00:00+00:00",
        ),
    )
    assert next_facts()["judged since"] == "RMSE fell."
    back = promoted(
        id="p2",
        action="rollback",
        version=1,
        champion_before=2,
        run="r1",
        reason="version 1 is champion again in place of version 2",
        decided_at="2012-03-02T00:00:00+00:00",
    )
    save(store, back)
    assert next_facts()["rolled back"] == "version 1 is champion again in place of version 2"
    assert explain(store, "bikes", ID).search.promoted


def test_a_decision_that_starts_nothing_says_so(store):
    save_decision(
        store, decision_of(id="bb", status="unknown", retrain=False, run_id=None, windows=[])
    )
    told = explain(store, "bikes", "bb")
    assert told.search is None
    assert facts(told, "What happened next") == {"search": "none was started"}


def test_the_answer_is_json_for_a_page(store):
    told = json.loads(explain(store, "bikes").model_dump_json())
    assert told["decision"]["windows"][0]["comparison"]["rows"] == 744
    assert told["search"]["run"] == RUN
    assert all(fact["value"] for section in told["sections"] for fact in section["facts"])


def test_latest_and_the_first_digits_of_an_id_name_a_decision(store):
    save_decision(store, decision_of(id="0199", created_at="2012-03-01T00:00:00+00:00"))
    assert explain(store, "bikes", "latest").id == "0199"
    assert explain(store, "bikes", "012").id == ID
    assert explain(store, "bikes", ID).id == ID


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("01", "2 decisions begin with '01'"),
        ("9", "no decision '9'"),
        ("", "no decision ''"),
        ("../promotions/p1", "no decision '../promotions/p1'"),
    ],
)
def test_a_wrong_id_is_one_clear_error(store, given, said):
    save_decision(store, decision_of(id="0199", created_at="2012-03-01T00:00:00+00:00"))
    with pytest.raises(DataError) as caught:
        explain(store, "bikes", given)
    assert said in str(caught.value)
    assert f"The newest are 0199, {ID}; or say latest" in str(caught.value)


def test_before_the_first_decision_the_error_says_how_to_make_one(tmp_path):
    with pytest.raises(DataError, match=r"nothing has been decided yet.*nightshift monitor bikes"):
        explain(open_store(str(tmp_path)), "bikes")


@pytest.mark.parametrize(("windows", "said"), [(1, "1 window,"), (3, "3 windows,")])
def test_what_waiting_has_cost_says_on_how_many_windows(store, windows, said):
    payoff = Payoff(
        lost=0.2,
        lost_error=0.1,
        age_errors=1.0,
        growth=1.1,
        newest=None,
        newest_error=None,
        newest_at_most=None,
        windows=windows,
        pays=False,
    )
    save_decision(store, decision_of(id="ff", payoff=payoff))
    told = facts(explain(store, "bikes", "ff"), "What a retrain would save")
    assert f"(measured on {said}" in told["lost by waiting"]
