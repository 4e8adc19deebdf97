"""The schema that editors read says what the model says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from automl_tasks.problem import problem_schema
from automl_tasks.problem.schema import schema_text

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "dags" / "problems").glob("*.yaml"))
VALID: dict[str, Any] = {"name": "a", "source": "a.csv", "target": "y"}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(problem_schema())
    return Draft202012Validator(problem_schema())


def test_the_file_is_current() -> None:
    assert (ROOT / "dags" / "problem.schema.json").read_text() == schema_text(), "run: make schema"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_problems_fit_and_point_their_editor_here(
    schema: Draft202012Validator, path: Path
) -> None:
    text = path.read_text()
    schema.validate(yaml.safe_load(text))
    place = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert json.loads((path.parent / place).read_text()) == problem_schema()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"id": "hr", "ignore": ["a"]},
        {"schedule": None},
        {"source": {"url": "sqlite:///a", "table": "t"}},
        {"budget": {"minutes": 3}},
        {"steps": [{"log": ["x"]}]},
    ],
)
def test_what_the_model_accepts_the_schema_accepts(
    schema: Draft202012Validator, more: dict[str, Any]
) -> None:
    schema.validate(VALID | more)


@pytest.mark.parametrize(
    "more",
    [
        {"taget": "y"},
        {"metric": "rsme"},
        {"holdout": 0.9},
        {"holdout": 0},
        {"budget": {"minuts": 1}},
        {"budget": {"trials": 0}},
        {"id": 3},
    ],
)
def test_what_the_model_refuses_the_schema_refuses(
    schema: Draft202012Validator, more: dict[str, Any]
) -> None:
    assert not schema.is_valid(VALID | more)


@pytest.mark.parametrize("key", VALID)
def test_the_three_keys_are_required(schema: Draft202012Validator, key: str) -> None:
    assert not schema.is_valid({name: value for name, value in VALID.items() if name != key})
