from typing import Any

Parsed = dict[str, Any]

KINDS = ("prepare", "search", "promote", "score", "monitor")
HEAVY = {
    "catboost",
    "evidently",
    "great_expectations",
    "lightgbm",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "sklearn",
    "xgboost",
}


def of(parsed: Parsed, problem: str) -> dict[str, Parsed]:
    return {name: dag for name, dag in parsed["dags"].items() if name.startswith(f"{problem}.")}


def defaults(dag: Parsed) -> Parsed:
    return dict(dag["default_args"]["__var"])


def test_a_problem_becomes_five_dags_that_run_by_themselves(parsed: Parsed) -> None:
    dags = of(parsed, "demand")
    assert sorted(dags) == sorted(f"demand.{kind}" for kind in KINDS)
    for dag in dags.values():
        assert dag["is_paused_upon_creation"] is False
        assert dag["catchup"] is False
        assert dag["max_active_runs"] == 1
        assert sorted(dag["tags"]) == ["demand", "nightshift"]
        assert defaults(dag)["owner"] == "ann"
        for fact in ("How many tomorrow?", "`y`", "30 1 * * *", "5 minutes"):
            assert fact in dag["doc_md"]


def test_the_tasks_follow_each_other_as_designed(parsed: Parsed) -> None:
    assert {name: parsed["tasks"][name] for name in of(parsed, "demand")} == {
        "demand.prepare": {"ingest": ["validate"], "validate": ["publish"], "publish": []},
        "demand.search": {
            "plan": ["ensemble", "search"],
            "search": ["ensemble"],
            "ensemble": ["assess"],
            "assess": ["explain"],
            "explain": ["package"],
            "package": ["register"],
            "register": [],
        },
        "demand.promote": {"promote": [], "rollback": []},
        "demand.score": {"score": []},
        "demand.monitor": {"check": ["report", "retrain"], "retrain": [], "report": []},
    }


def test_the_dags_wake_each_other_through_assets(parsed: Parsed) -> None:
    dags = of(parsed, "asks")
    timetables = {name: str(dag["timetable"]) for name, dag in dags.items()}
    for producer, asset, consumers in (
        ("prepare", "snapshot", {"search", "score"}),
        ("search", "challenger", {"promote"}),
        ("promote", "champion", {"score"}),
        ("score", "predictions", {"monitor"}),
    ):
        uri = f"'nightshift://asks/{asset}'"
        assert uri in str(dags[f"asks.{producer}"]["tasks"])
        woken = {name for name, timetable in timetables.items() if uri in timetable}
        assert woken == {f"asks.{consumer}" for consumer in consumers}


def test_a_schedule_wakes_prepare_and_also_monitor(parsed: Parsed) -> None:
    for problem, woken in (("demand", {"demand.prepare", "demand.monitor"}), ("asks", set())):
        dags = of(parsed, problem)
        assert {name for name, dag in dags.items() if "Cron" in str(dag["timetable"])} == woken


def test_a_first_start_does_not_make_up_for_the_night_that_has_passed(parsed: Parsed) -> None:
    for dag in ("demand.prepare", "demand.monitor"):
        # Without it Airflow runs what was due within a tenth of a day.
        assert "'run_immediately': 300" in str(parsed["dags"][dag]["timetable"])


def test_a_person_is_asked_only_where_the_problem_says_so(parsed: Parsed) -> None:
    assert parsed["tasks"]["asks.promote"] == {
        "gate": ["approval", "promote"],
        "approval": ["promote"],
        "promote": [],
        "rollback": [],
    }
    # A request that waits does not hold up the next challenger.
    assert parsed["dags"]["asks.promote"]["max_active_runs"] > 1


def test_the_search_is_as_wide_as_the_problem_says(parsed: Parsed) -> None:
    tasks = [task["__var"] for task in parsed["dags"]["asks.search"]["tasks"]]
    (search,) = (task for task in tasks if task["task_id"] == "search")
    assert "[0, 1, 2]" in str(search["op_kwargs_expand_input"])


def test_terminal_errors_fail_at_once_and_all_else_is_retried(parsed: Parsed) -> None:
    for name, dag in parsed["dags"].items():
        assert defaults(dag)["retries"] >= 1
        assert parsed["retries"][name] == [["automl_tasks.errors.TerminalError", "fail"]]


def test_a_search_started_by_hand_has_a_form(parsed: Parsed) -> None:
    form = dict(parsed["dags"]["demand.search"]["params"])
    assert set(form) == {"minutes", "metric", "window_rows", "reason", "dry_run"}


def test_parsing_loads_none_of_the_heavy_libraries(parsed: Parsed) -> None:
    assert HEAVY & set(parsed["modules"]) == set()


def test_a_wrong_problem_file_is_an_import_error_and_the_others_load(parsed: Parsed) -> None:
    assert {name.partition(".")[0] for name in parsed["dags"]} == {"demand", "asks", "loud"}
    # Not under nightshift.py: Airflow would mark all its DAGs as stale.
    ((file, text),) = parsed["errors"].items()
    assert file.endswith("problem_files.py")
    assert "wrong.yaml: unknown key 'taget'; did you mean 'target'?" in text
    assert "torn.yaml: is not valid YAML" in text


def test_a_task_reads_only_its_own_problem_file(parsed: Parsed, parsed_by_a_task: Parsed) -> None:
    assert {name.partition(".")[0] for name in parsed_by_a_task["dags"]} == {"demand"}
    # E-mail belongs to another problem.
    mail = "airflow.providers.smtp.notifications.smtp"
    assert mail in parsed["modules"]
    assert mail not in parsed_by_a_task["modules"]
