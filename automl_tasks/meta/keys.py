"""Names of what is recorded: the same configuration or table has the same name everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from automl_tasks.store import digest_json

__all__ = ["configuration_key", "table_fingerprint"]


def configuration_key(family: str, params: Mapping[str, Any], recipe: str | None = None) -> str:
    """Name of a configuration: its family and a digest of its parameters.

    Floats count to six digits, so that a value that went through a file or a logarithm is the
    same. The feature recipe is a parameter like others, whether given in `params` or apart.
    """
    named = {**params, **({} if recipe is None else {"recipe": recipe})}
    return f"{family}-{digest_json([family, _canonical(named)])[:12]}"


def table_fingerprint(columns: Iterable[str], target: str) -> str:
    """Name of a table: a digest of its column names.

    Rows come and go (a sample of a table, or the table a month later, is the same table), so
    they do not count. Two tables may share a name where columns are only numbered: they are then
    taken for one, which costs the vote of a table and never lets one vote for itself.
    """
    return digest_json([sorted(set(map(str, columns)) - {target}), target])[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    if isinstance(value, float):
        # 1.0 and 1 are one value to the libraries, and JSON does not always keep which it was.
        return int(value) if value.is_integer() else float(f"{value:.6g}")
    return value
