"""Where the monitor keeps what it predicted and decided."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import DataError
from automl_tasks.monitor.decision import Decision
from automl_tasks.monitor.parquet import as_parquet

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.store import Store

__all__ = [
    "find_decision",
    "history",
    "load_decision",
    "log_predictions",
    "logged_batches",
    "logged_predictions",
    "save_decision",
    "served_predictions",
]


_NAMED = 5


def log_predictions(store: Store, name: str, version: int, snapshot: str, log: pd.DataFrame) -> str:
    """Keep the predictions that a version made on a snapshot's new rows; returns their key."""
    key = f"{name}/predictions/{version}-{snapshot}.parquet"
    store.write_bytes(key, as_parquet(log))
    return key


def logged_predictions(store: Store, name: str, version: int) -> pd.DataFrame:
    """All predictions of a version, one row per row id; empty when it made none."""
    import pandas as pd

    folder = store.path(f"{name}/predictions")
    files = [each for each in store.list(f"{name}/predictions") if each.startswith(f"{version}-")]
    if not files:
        return pd.DataFrame({"row_id": [], "batch": []}, dtype=object)
    parts = [pd.read_parquet(folder / each) for each in files]
    return pd.concat(parts, ignore_index=True).drop_duplicates("row_id", ignore_index=True)


def served_predictions(store: Store, name: str) -> pd.DataFrame:
    """What was first predicted for each row, by whichever version was champion then."""
    import pandas as pd

    folder = store.path(f"{name}/predictions")
    parts = [pd.read_parquet(folder / each) for each in store.list(f"{name}/predictions")]
    if not parts:
        return pd.DataFrame({"row_id": [], "batch": [], "scored_at": []})
    log = pd.concat(parts, ignore_index=True).sort_values("scored_at", kind="stable")
    return log.drop_duplicates("row_id", ignore_index=True)


def logged_batches(store: Store, name: str) -> pd.Series:
    """The arrival of every row that any version predicted, by row id."""
    import pandas as pd

    folder = store.path(f"{name}/predictions")
    columns = ["row_id", "batch", "scored_at"]
    parts = [
        pd.read_parquet(folder / each, columns=columns)
        for each in store.list(f"{name}/predictions")
    ]
    if not parts:
        return pd.Series([], index=pd.Index([], name="row_id"), name="batch", dtype=object)
    seen = pd.concat(parts).sort_values("scored_at", kind="stable").drop_duplicates("row_id")
    return seen.set_index("row_id")["batch"]


def save_decision(store: Store, decision: Decision) -> None:
    """Keep a decision."""
    content = _finite(decision.model_dump(mode="json"))
    store.write_json(f"{decision.problem}/decisions/{decision.id}.json", content)


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: what could not be computed is null."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def load_decision(store: Store, name: str, decision_id: str) -> Decision:
    """A stored decision.

    Raises
    ------
    DataError
        When there is none of this id.
    """
    key = f"{name}/decisions/{decision_id}.json"
    if not store.exists(key):
        raise DataError(
            f"there is no decision {decision_id!r}",
            where=str(store.path(f"{name}/decisions")),
            remedy="`nightshift status` lists the decisions",
        )
    return Decision.model_validate(store.read_json(key))


def find_decision(store: Store, name: str, given: str) -> Decision:
    """The decision that a person means.

    Parameters
    ----------
    given
        ``latest``, or the first digits of an id.

    Raises
    ------
    DataError
        When there is none, or more than one.
    """
    known = [each.removesuffix(".json") for each in store.list(f"{name}/decisions")]
    if not known:
        raise DataError(
            "nothing has been decided yet", where=name, remedy=f"Decide: nightshift monitor {name}"
        )
    if given == "latest":
        return history(store, name)[0]
    meant = [each for each in known if given and each.startswith(given)]
    if len(meant) == 1:
        return load_decision(store, name, meant[0])
    newest = ", ".join(each.id for each in history(store, name)[:_NAMED])
    raise DataError(
        f"{len(meant)} decisions begin with {given!r}" if meant else f"no decision {given!r}",
        where=name,
        remedy=f"The newest are {newest}; or say latest",
    )


def history(store: Store, name: str) -> list[Decision]:
    """Decisions of a problem, newest first."""
    folder = f"{name}/decisions"
    found = [Decision.model_validate(store.read_json(f"{folder}/{e}")) for e in store.list(folder)]
    return sorted(found, key=lambda decision: (decision.created_at, decision.id), reverse=True)
