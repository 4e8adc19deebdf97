"""An owner meets this module first: every mistake gets the file, the key and the way out."""

from pathlib import Path

import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.problem import FileSource, Problem, SqlSource, load_problem

THREE_LINES = "name: bikes\nsource: bikes.csv\ntarget: cnt\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, text: str, name: str = "bikes") -> Problem:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return load_problem(path)


def message(folder: Path, text: str) -> str:
    with pytest.raises(ProblemError) as caught:
        load(folder, text)
    assert caught.value.where == str(folder / "bikes.yaml")
    return str(caught.value)


def test_three_lines_are_enough(folder: Path) -> None:
    problem = load(folder, THREE_LINES)
    assert (problem.name, problem.target, problem.split) == ("bikes", "cnt", "auto")
    assert problem.source == FileSource(path=str(folder / "bikes.csv"))
    assert problem.task is problem.metric is problem.time is None


def test_paths_are_relative_to_the_file_and_not_to_the_shell(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep er").mkdir()
    monkeypatch.chdir("/")
    source = load(folder / "deep er", THREE_LINES.replace("bikes.csv", "../data/*.csv")).source
    assert isinstance(source, FileSource)
    assert source.path == str(folder / "deep er" / "../data/*.csv")


@pytest.mark.parametrize("path", ["s3://bucket/prefix", "/data/bikes.csv"])
def test_absolute_places_stay(folder: Path, path: str) -> None:
    assert load(folder, THREE_LINES.replace("bikes.csv", path)).source == FileSource(path=path)


def test_one_column_may_be_written_without_a_list(folder: Path) -> None:
    problem = load(folder, THREE_LINES + "id: hr\nprotected: [sex, age]\nignore: casual\n")
    assert (problem.id, problem.protected) == (("hr",), ("sex", "age"))
    assert problem.ignore == ("casual",)


def test_classes_of_costs_are_texts_however_yaml_reads_them(folder: Path) -> None:
    problem = load(
        folder, THREE_LINES + "metric: cost\ncosts: {0: {1: 5}, 1: {0: 0.5}}\npositive: 0\n"
    )
    assert problem.positive == "0"
    assert problem.costs == {"0": {"1": 5.0}, "1": {"0": 0.5}}


def test_whole_numbers_do_for_amounts(folder: Path) -> None:
    problem = load(
        folder, THREE_LINES + "budget: {minutes: 3}\nlabel_delay_hours: 48\nholdout: 0.2\n"
    )
    assert (problem.budget.minutes, problem.label_delay_hours) == (3, 48)


def test_a_byte_order_mark_is_no_obstacle(folder: Path) -> None:
    assert load(folder, "\ufeff" + THREE_LINES).name == "bikes"


def test_a_password_comes_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "name: bikes\ntarget: cnt\nsource: {url: 'postgresql://me:${BIKES_PW}@db/x', table: rent}\n"
    )
    monkeypatch.delenv("BIKES_PW", raising=False)
    assert "names ${BIKES_PW}, which is not set" in message(folder, text)
    monkeypatch.setenv("BIKES_PW", "s3cret")
    source = load(folder, text).source
    assert isinstance(source, SqlSource)
    assert source.url == "postgresql://me:s3cret@db/x"


def test_a_password_beside_a_mistake_is_not_quoted(folder: Path) -> None:
    said = message(
        folder,
        "name: bikes\ntarget: cnt\nsource: {url: 'postgresql://me:s3cret@db/x', connection: pg}\n",
    )
    assert "give either url or connection" in said
    assert "s3cret" not in said


def test_a_problem_survives_the_way_through_json(folder: Path) -> None:
    problem = load(folder, THREE_LINES + "id: [a, b]\nsteps: [{log: [x]}]\nnotify: {email: a@b.c}")
    assert Problem.model_validate_json(problem.model_dump_json()) == problem
    assert Problem.model_validate(problem.model_dump(mode="json")) == problem


MISTAKES = {
    # What stands in place of, or after, the three lines; what the message must contain.
    "no target": ("name: bikes\nsource: a.csv\n", "key 'target' is missing: Column to predict"),
    "unknown key": (THREE_LINES + "metrik: mae\n", "unknown key 'metrik'; did you mean 'metric'?"),
    "unknown key inside": (
        THREE_LINES + "budget: {minuts: 3}\n",
        "unknown key 'budget.minuts'; did you mean 'minutes'?",
    ),
    "unknown key in source": (
        "name: bikes\ntarget: y\nsource: {url: 'sqlite:///a', tabel: t}\n",
        "unknown key 'source.tabel'; did you mean 'table'?",
    ),
    "nothing near": (THREE_LINES + "xyzzy: 1\n", "unknown key 'xyzzy'; valid keys are name, "),
    "wrong type": (
        THREE_LINES + "budget: {minutes: soon}\n",
        "'budget.minutes': should be a valid number",
    ),
    "a number for a mapping": (
        THREE_LINES + "budget: 5\n",
        "'budget': should be a mapping with keys such as minutes, trials, memory_gb (got 5",
    ),
    "nothing like it": (THREE_LINES + "columns: [a]\n", "unknown key 'columns'; valid keys are"),
    "wrong choice": (
        THREE_LINES + "metric: rsme\n",
        "or 'cost' (got 'rsme', a str); did you mean 'rmse'?",
    ),
    "yes is a boolean": (
        THREE_LINES.replace("cnt", "yes"),
        "'target': should be a valid string (got True, a bool); put it in quotes",
    ),
    "a year is a number": (THREE_LINES + "id: [2024]\n", "(got 2024, an int); put it in quotes"),
    "out of range": (THREE_LINES + "holdout: 0.9\n", "'holdout': should be less than 0.5"),
    "nothing held out": (THREE_LINES + "holdout: 0\n", "'holdout' is 0, and a new model is"),
    "bad name": (
        THREE_LINES.replace("name: bikes", "name: My-Bikes"),
        "(got 'My-Bikes', a str): Lower-case name",
    ),
    "other name": (THREE_LINES.replace("bikes\n", "bicycles\n", 1), "Rename the file to bicycles"),
    "source is a number": (THREE_LINES.replace("bikes.csv", "3"), "should be a path, or a mapping"),
    "query and table": (
        "name: bikes\ntarget: y\nsource: {url: 'sqlite:///a', table: t, query: SELECT 1}\n",
        "'source': give either query or table",
    ),
    "target among the protected": (
        THREE_LINES + "protected: [cnt]\n",
        "target 'cnt' is also named in protected",
    ),
    "target is the group": (THREE_LINES + "group: cnt\n", "target 'cnt' is also the group column"),
    "weight is the time": (
        THREE_LINES + "weight: day\ntime: day\n",
        "weight 'day' is also the time, group or id column",
    ),
    "cost without costs": (THREE_LINES + "metric: cost\n", "metric cost needs costs: {true class"),
    "a negative cost": (
        THREE_LINES + "costs: {0: {1: -5}}\n",
        "'costs.0.1': should be greater than or equal to 0",
    ),
    "quantile of another metric": (
        THREE_LINES + "metric: mae\nquantile: 0.9\n",
        "quantile belongs to metric pinball, not to mae",
    ),
    "target is the time": (THREE_LINES + "time: cnt\n", "target 'cnt' is also the time column"),
    "schedule": (THREE_LINES + "schedule: nightly\n", "'schedule': should be five cron fields"),
    "impossible schedule": (
        THREE_LINES + "schedule: 0 25 * * *\n",
        "the hour should be within 0-23, not '25'",
    ),
    "key given twice": (THREE_LINES + "target: other\n", "key 'target' is given twice"),
    "no mapping": ("- name: bikes\n", "must be a mapping (got list). Start with three lines"),
    "empty": ("", "must be a mapping (got NoneType)"),
    "no YAML": ("name: [bikes\n", "is not valid YAML"),
    "tab": ("name: bikes\n\ttarget: y\n", "line 2"),
    "NUL": ("name: bikes\0\n", "is not valid YAML"),
    "a Python object": ("name: !!python/object/apply:os.getcwd []\n", "is not valid YAML"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_each_mistake_is_explained(folder: Path, case: str) -> None:
    text, expected = MISTAKES[case]
    said = message(folder, text)
    assert expected in said
    assert "\n" not in said


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    said = message(folder, "name: bikes\nsource: a.csv\ntaget: cnt\nmetric: rsme\n")
    assert all(each in said for each in ("'target' is missing", "'taget'", "'rsme'"))


def test_a_missing_file_names_the_nearest(folder: Path) -> None:
    load(folder, THREE_LINES)
    with pytest.raises(ProblemError, match=r"no such file\. Did you mean .*/bikes\.yaml\?"):
        load_problem(folder / "bike.yaml")


@pytest.mark.parametrize("content", [b"name: caf\xe9\n", None])
def test_an_unreadable_file_is_named(folder: Path, content: bytes | None) -> None:
    path = folder / "bikes.yaml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(ProblemError, match=r"bikes\.yaml: cannot be read"):
        load_problem(path)
