import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.cli import main, show
from automl_tasks.deliver import Promotion
from automl_tasks.store import open_store


def table(rows, seed=0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": random.normal(size=rows), "kind": random.choice(["a", "NA"], rows)})
    score = frame["x"] + (frame["kind"] == "NA") + random.normal(scale=0.5, size=rows)
    return frame.assign(y=np.where(score > 0.5, "yes", "no"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home in which the whole chain has run once on a small binary problem."""
    folder = tmp_path_factory.mktemp("a home")
    (folder / "problems").mkdir()
    table(400).to_csv(folder / "table.csv", index=False)
    (folder / "problems" / "churn.yaml").write_text(
        "name: churn\nsource: ../table.csv\ntarget: y\nschedule: null\nbudget: {trials: 2}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTSHIFT_HOME", str(folder / ".nightshift"))
        patch.setenv("NIGHTSHIFT_PROBLEMS", str(folder / "problems"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        assert main(["run", "churn"]) == 0
        yield folder


def judged(**given):
    circumstances = {"champion_before": 1, "run": "r", "snapshot": "s"}
    return Promotion(
        id="judged", problem="churn", decided_at="2999-01-01T00:00", **circumstances, **given
    )


def answer(capsys, *arguments):
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_chain_ends_with_a_champion(home, capsys):
    found = answer(capsys, "status", "churn")
    assert found["champion"]["version"] == 1
    assert found["promotions"][0]["verdict"] == "promote"
    assert found["running"] == []


def test_a_consumer_loads_the_champion_and_gets_labels_for_raw_rows(home):
    from automl_tasks.deliver import load_champion

    predicted = load_champion("churn").predict(pd.DataFrame({"kind": ["NA", "a"], "x": [3, -3]}))
    assert predicted["prediction"].tolist() == ["yes", "no"]


def test_history_says_who_became_champion_and_why(home, capsys):
    found = answer(capsys, "history", "churn")
    assert found["champion"]["version"] == 1
    assert [(each["version"], each["applied"]) for each in found["promotions"]] == [(1, True)]
    assert main(["history", "churn"]) == 0
    assert "champion: version 1" in capsys.readouterr().out


def test_verify_takes_a_model_and_needs_no_problem_file(home, capsys, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_PROBLEMS", str(home / "nowhere"))
    assert answer(capsys, "verify", "churn@champion")["sealed"] is True
    assert main(["verify", "churn/1"]) == 0
    assert "files are as registered" in capsys.readouterr().out
    assert main(["verify", "churn/9"]) == 1
    assert "there is no model 'churn/9'" in capsys.readouterr().err
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", "0123456789abcdef0123456789abcdef")
    assert main(["verify", "churn"]) == 1
    assert "is not signed, and a key is configured" in capsys.readouterr().err


def test_unchanged_data_are_one_snapshot(home, capsys):
    first = answer(capsys, "prepare", "churn")
    assert first["published"] is False
    assert first["snapshot"]["rows"] == 400


def test_inspect_shows_what_is_inferred_and_leaves_no_trace(home, capsys):
    before = sorted(path for path in (home / ".nightshift").rglob("*") if path.is_file())
    plan = answer(capsys, "inspect", "churn")["plan"]
    assert plan["problem"]["task"] == "binary"
    assert plan["problem"]["metric"] == "roc_auc"
    assert plan["roles"] == {"x": "numeric", "kind": "categorical"}
    assert sorted(path for path in (home / ".nightshift").rglob("*") if path.is_file()) == before


def test_what_the_champion_goes_by_is_told(home, capsys):
    found = answer(capsys, "reasons", "churn")
    assert {each["column"] for each in found["importance"]} == {"x", "kind"}
    assert main(["reasons", "churn", found["run"]]) == 0
    shown = capsys.readouterr().out
    assert found["summary"] in shown
    assert "rise of 1 - roc_auc, shuffled" in shown
    assert main(["reasons", "churn", "nothing"]) == 1
    assert "was not explained" in capsys.readouterr().err


def test_a_run_is_replayed_and_not_taken_for_one_under_way(home, capsys):
    run = answer(capsys, "reasons", "churn")["run"]
    found = answer(capsys, "replay", "churn", run)
    assert (found["replay"], found["same"]) == (f"{run}-replay", True)
    assert answer(capsys, "status", "churn")["running"] == []
    assert main(["replay", "churn", "nothing"]) == 1
    assert f"was never planned. Known runs: {run}" in capsys.readouterr().err


def test_nothing_new_to_score_says_so(home, capsys):
    scored = answer(capsys, "score", "churn")
    assert scored["rows"] == 0
    assert main(["score", "churn"]) == 0
    said = "no new rows since the last scoring: version 1 has seen every row of the snapshot\n"
    assert capsys.readouterr().out == said


def test_without_a_champion_nothing_is_scored(home, capsys):
    folder = home / "problems"
    (folder / "young.yaml").write_text(
        (folder / "churn.yaml").read_text().replace("churn", "young")
    )
    assert main(["prepare", "young"]) == 0
    capsys.readouterr()
    assert main(["score", "young"]) == 0
    assert capsys.readouterr().out == "there is no champion yet, so nothing was predicted\n"


def test_a_version_that_waits_for_approval_says_how_to_give_it(home, capsys):
    waiting = judged(version=2, verdict="needs_approval", reason="better than version 1")
    how = "to approve: nightshift promote churn --version 2 --approve, "
    show.promoted(waiting)
    assert how in capsys.readouterr().out
    store, key = open_store(str(home / ".nightshift" / "store")), "churn/promotions/judged.json"
    store.write_json(key, waiting.model_dump())
    try:
        assert main(["status", "churn"]) == 0
        shown = capsys.readouterr().out
    finally:
        store.delete(key)
    assert "waiting for approval" in shown
    assert "last decision" not in shown
    assert how in shown


def test_status_tells_what_was_decided_last(home, capsys):
    assert main(["status", "churn"]) == 0
    shown = capsys.readouterr().out
    assert "last decision" in shown
    assert "promote: " in shown
    assert "waiting for approval" not in shown


def test_a_rollback_is_not_called_a_promotion(capsys):
    show.promoted(judged(version=1, verdict="promote", action="rollback", reason="back again"))
    assert capsys.readouterr().out == "rollback: back again\n"


def test_too_few_new_rows_are_no_reason_to_retrain(home, capsys):
    decision = answer(capsys, "monitor", "churn", "--no-report")["decision"]
    assert decision["status"] == "unknown"
    assert decision["retrain"] is False


def test_a_decision_is_explained_to_a_person_and_to_a_page(home, capsys):
    decision = answer(capsys, "monitor", "churn", "--no-report")["decision"]
    told = answer(capsys, "explain", "churn", decision["id"][:6])
    assert told["sentence"] == decision["sentence"]
    assert told["decision"] == decision
    assert told["search"] is None
    assert main(["explain", "churn"]) == 0
    shown = capsys.readouterr().out
    assert decision["sentence"] in shown
    assert "none was started" in shown
    assert "min_rows" in shown


def files_of(home):
    """Content of every file that a later task reads."""
    store = home / ".nightshift" / "store" / "churn"
    names = ("current.json", "predictions", "decisions", "promotions", "runs", "labels")
    found = (path for name in names for path in [store / name, *(store / name).rglob("*")])
    return {str(path): path.read_bytes() for path in found if path.is_file()}


def test_bad_data_neither_train_nor_score_nor_decide(home, capsys):
    answer(capsys, "score", "churn")
    decided = answer(capsys, "monitor", "churn", "--no-report")["decision"]
    good, before = (home / "table.csv").read_text(), files_of(home)
    (current,) = (path for path in before if path.endswith("current.json"))
    table(500, seed=1).assign(x="private").to_csv(home / "table.csv", index=False)
    try:
        assert main(["run", "churn"]) == 1
        shown = capsys.readouterr().err
        assert "in quarantine" in shown
        assert "'x'" in shown
        assert "row 1" in shown
        assert answer(capsys, "score", "churn")["rows"] == 0
        assert answer(capsys, "monitor", "churn", "--no-report")["decision"] == decided
        found = answer(capsys, "status", "churn")
    finally:
        (home / "table.csv").write_text(good)
    assert files_of(home) == before
    # What a search by hand would train on.
    assert json.loads(before[current])["snapshot"] == found["snapshot"]
    assert "private" not in json.dumps(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "chrun"], "Known: churn"),
        (["inspect", "missing.yaml"], "missing.yaml: no such file"),
        (["rollback", "churn"], "previous"),
        (["explain", "churn", "nothing"], "no decision 'nothing'"),
    ],
)
def test_errors_are_one_line_and_exit_with_1(home, capsys, arguments, said):
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert said in shown
    assert "Traceback" not in shown


def test_an_unreachable_registry_may_pass_by_itself(home, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert main(["promote", "churn"]) == 75
    assert "http://127.0.0.1:9" in capsys.readouterr().err
