"""The problems that ship: they load, fit their data and may be shipped."""

import csv
import gzip
import re
from pathlib import Path

import pytest

from automl_tasks.problem import FileSource, Problem, load_problem

FOLDER = Path(__file__).parents[2] / "dags" / "problems"
PROBLEMS = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(params=PROBLEMS, ids=lambda path: path.stem)
def problem(request: pytest.FixtureRequest) -> Problem:
    return load_problem(request.param)


def rows_of(problem: Problem) -> list[dict[str, str]]:
    assert isinstance(problem.source, FileSource)
    with gzip.open(problem.source.path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_columns_that_are_named_exist(problem: Problem) -> None:
    rows = rows_of(problem)
    named = {problem.target, *problem.id, *problem.protected, *problem.ignore}
    assert named | ({problem.time} if problem.time else set()) <= set(rows[0])
    assert all(None not in row and None not in row.values() for row in rows), "ragged"
    if problem.id:
        assert len({tuple(row[key] for key in problem.id) for row in rows}) == len(rows)
    if problem.time:
        times = [row[problem.time] for row in rows]
        assert times == sorted(times)


def test_licence_and_source_of_every_table_are_stated(problem: Problem) -> None:
    text = (FOLDER / "data" / "README.md").read_text()
    assert "CC BY 4.0" in text
    assert isinstance(problem.source, FileSource)
    row = re.search(rf"^\| `{Path(problem.source.path).name}` \| ([\d,]+) \| (.+)$", text, re.M)
    assert row, "no row in the table"
    assert int(row[1].replace(",", "")) == len(rows_of(problem))
    assert "https://doi.org/10.24432/" in row[2]


def test_the_data_are_small_and_all_used() -> None:
    files = {path for path in (FOLDER / "data").iterdir() if path.suffix == ".gz"}
    used = {Path(load_problem(path).source.path) for path in PROBLEMS}  # type: ignore[union-attr]
    assert files == used
    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_the_archives_carry_no_name_and_no_time() -> None:
    for path in (FOLDER / "data").glob("*.gz"):
        header = path.read_bytes()[:10]
        assert header[3] == 0, f"{path.name}: flags"
        assert header[4:8] == bytes(4), f"{path.name}: time"
