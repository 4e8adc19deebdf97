"""What each column is for: the roles that decide how it is prepared."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Problem, Role
from automl_tasks.serve.steps.values import moments, numbers, texts

__all__ = ["FEATURE_ROLES", "columns_by_role", "feature_columns", "infer_roles", "role_of"]

FEATURE_ROLES: tuple[Role, ...] = (
    "numeric",
    "categorical",
    "high_cardinality",
    "datetime",
    "text",
)
_SAMPLE = 50_000
_HIGH_CARDINALITY = 64
_REPEATED_IDS = 0.1
_FEWEST_ROWS_FOR_ID = 20
_TEXT_WORDS = 4
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?$")
_ID_NAME = re.compile(r"(^|[_\W])(id|key|uuid|guid|index|rownum)$", re.IGNORECASE)


def infer_roles(frame: pd.DataFrame, problem: Problem) -> dict[str, Role]:
    """Role of every column of `frame` that the problem does not ignore.

    The columns that the owner lists in ``id`` identify a row but may well be its best features
    (date and hour, say): they keep the role that their values have.

    Parameters
    ----------
    frame
        Training rows; the target, if present, is left out.
    problem
        Its ``roles`` override what the values suggest.

    Raises
    ------
    DataError
        On duplicate column names.
    ProblemError
        When the problem names a column that is not there, or a role that its values cannot have.
    """
    columns = [str(name) for name in frame.columns]
    _check_names(columns, problem)
    roles: dict[str, Role] = {}
    for position, name in enumerate(columns):
        if name == problem.target or name in problem.no_features:
            continue
        values = frame.iloc[:, position]
        if name in problem.roles:
            roles[name] = _checked(name, values, problem)
        else:
            roles[name] = role_of(
                values, named_id=_ID_NAME.search(name) is not None, is_time=name == problem.time
            )
    return roles


def feature_columns(roles: dict[str, Role]) -> list[str]:
    """Columns that models may use, in the order of `roles`."""
    return [name for name, role in roles.items() if role in FEATURE_ROLES]


def columns_by_role(roles: dict[str, Role]) -> dict[Role, list[str]]:
    """Names of the feature columns of each feature role."""
    return {role: [name for name in roles if roles[name] == role] for role in FEATURE_ROLES}


def _check_names(columns: list[str], problem: Problem) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1}) if columns else []
    if twice:
        raise DataError(
            f"duplicate column names: {', '.join(map(repr, twice))}",
            where=problem.name,
            remedy="Rename or drop them in the source",
        )
    for key, named in (
        ("roles", tuple(problem.roles)),
        ("ignore", problem.ignore),
        ("protected", problem.protected),
    ):
        for name in named:
            if name not in columns and name != problem.target:
                raise ProblemError(
                    f"{key!r} names column {name!r}, which the data do not have",
                    where=problem.name,
                    remedy=did_you_mean(name, columns),
                )


def _checked(name: str, values: pd.Series, problem: Problem) -> Role:
    """The owner's role, unless the values cannot be read so at all."""
    role = problem.roles[name]
    reader = {"numeric": numbers, "datetime": moments}.get(role)
    sample = _sample(values.dropna())
    if reader is not None and len(sample) and pd.isna(reader(sample)).all():
        raise ProblemError(
            f"'roles' makes column {name!r} {role}, and none of its values is "
            f"{'a number' if role == 'numeric' else 'a date'} (such as {sample.iloc[0]!r})",
            where=problem.name,
            remedy="Dates are written as 2026-01-31 or 2026-01-31T12:00"
            if role == "datetime"
            else "Leave the role out, or use categorical",
        )
    return role


def _sample(values: pd.Series) -> pd.Series:
    """At most `_SAMPLE` random rows, the same ones each time, in their order."""
    if len(values) <= _SAMPLE:
        return values
    chosen = np.random.default_rng(0).choice(len(values), _SAMPLE, replace=False)
    return values.iloc[np.sort(chosen)]


def role_of(values: pd.Series, *, named_id: bool = False, is_time: bool = False) -> Role:
    """Role that the values of one column suggest.

    Parameters
    ----------
    named_id
        Whether the column's name says that it identifies rows.
    is_time
        Whether it is the problem's time column, which may count on without being an id.
    """
    present = values.dropna()
    if present.empty:
        return "constant"
    kind = present.dtype.kind
    if kind in "Mm":
        varied = bool((present != present.iloc[0]).any()) or len(present) < len(values)
        return "constant" if not varied else "datetime" if kind == "M" else "numeric"
    if kind in "biuf":
        return _numeric_role(present, len(values), named_id, is_time)
    return _object_role(present, len(values), named_id, is_time)


def _numeric_role(present: pd.Series, rows: int, named_id: bool, is_time: bool) -> Role:
    array = numbers(present)
    array = array[~np.isnan(array)]
    if len(array) == 0 or (len(array) == rows and bool((array == array[0]).all())):
        return "constant"
    if not is_time and rows >= _FEWEST_ROWS_FOR_ID and len(array) == rows:
        return "id" if _counts_rows(array, named_id) else "numeric"
    return "numeric"


def _counts_rows(array: np.ndarray, named_id: bool) -> bool:
    """Whether distinct whole numbers number the rows, in any order, or are called an id."""
    if not bool((array == np.floor(array)).all()):
        return False
    ordered = np.sort(array)
    if not bool((np.diff(ordered) > 0).all()):
        return False
    dense = ordered[-1] - ordered[0] < 1.1 * len(array)
    return named_id or bool(dense) or bool((np.diff(array) > 0).all())


def _object_role(present: pd.Series, rows: int, named_id: bool, is_time: bool) -> Role:
    sample = _sample(present)
    array = texts(sample)
    distinct = len(set(array))
    if distinct == 1 and len(present) == rows and len(set(texts(present))) == 1:
        return "constant"
    if _reads_as_moments(sample, array):
        return "datetime"
    if _reads_as_numbers(sample, array):
        return _numeric_role(pd.Series(numbers(present)), rows, named_id, is_time)
    words = np.mean([len(text.split()) for text in array[:2_000]])
    if words >= _TEXT_WORDS and distinct > max(_HIGH_CARDINALITY, 0.2 * len(array)):
        return "text"
    # Collisions in a random sample tell how many other rows of the whole a row equals.
    repeated = 2 * (len(array) - distinct) * len(present) / len(array) ** 2
    if repeated < _REPEATED_IDS and len(array) >= _FEWEST_ROWS_FOR_ID:
        return "id"
    return "high_cardinality" if distinct > _HIGH_CARDINALITY else "categorical"


def _reads_as_moments(sample: pd.Series, array: np.ndarray) -> bool:
    if pd.api.types.infer_dtype(sample, skipna=True) in ("date", "datetime"):
        return True
    return all(_ISO.match(text.strip()) for text in array) and not pd.isna(moments(array)).any()


def _reads_as_numbers(sample: pd.Series, array: np.ndarray) -> bool:
    """Python numbers in an object column, or texts that are numbers, but not codes such as 007."""
    if isinstance(sample.dtype, pd.CategoricalDtype):
        return False
    if any(len(text) > 1 and text[0] == "0" and text[1].isdigit() for text in array[:2_000]):
        return False
    # Most columns of words say so in their first rows; the whole sample takes a while to parse.
    return not any(np.isnan(numbers(part)).any() for part in (sample.iloc[:200], sample))
