"""When a label is late enough to be believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.search.weights import stated_weights

if TYPE_CHECKING:
    from automl_tasks.problem import Problem

__all__ = ["as_clock", "label_table", "newest_mature_time", "told_columns"]


def told_columns(problem: Problem) -> list[str]:
    """Columns that tell labels, what they count, and when."""
    names = (problem.target, problem.time, problem.weight)
    return list(dict.fromkeys(name for name in names if name is not None))


def label_table(frame: pd.DataFrame, ids: pd.Series, problem: Problem) -> pd.DataFrame:
    """Columns ``row_id``, ``label``, ``time`` (null without a time column) and ``position``.

    Where the problem has weights also ``weight``.

    Parameters
    ----------
    frame
        All rows of a snapshot, with the `told_columns`.
    """
    time = frame[problem.time] if problem.time else pd.Series(pd.NaT, index=frame.index)
    weight = stated_weights(frame, problem)
    return pd.DataFrame(
        {"row_id": ids, "label": frame[problem.target], "time": time, "position": range(len(frame))}
        | ({} if weight is None else {"weight": weight})
    )


def newest_mature_time(
    frame: pd.DataFrame, problem: Problem, now: datetime | None
) -> pd.Timestamp | None:
    """Rows up to this time have their final label; None when labels need no time.

    Parameters
    ----------
    now
        Default: the newest time in the data, so that replayed data mature as they did once; but
        not later than the present, so that one row with a wrong clock makes no label mature.

    Raises
    ------
    DataError
        When a label delay is set and the time column holds no dates.
    """
    if problem.time is None or problem.label_delay_hours == 0:
        return None
    times = frame[problem.time]
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise DataError(
            f"time column {problem.time!r} holds no dates, so label_delay_hours cannot be applied",
            where=f"problem {problem.name!r}",
            remedy="Remove label_delay_hours, or name a column of dates as time",
        )
    if now is None:
        clock = min(pd.Timestamp(times.max()), as_clock(datetime.now(UTC), times))
    else:
        clock = as_clock(now, times)
    return clock - pd.Timedelta(hours=problem.label_delay_hours)


def as_clock(now: datetime, times: pd.Series) -> pd.Timestamp:
    """`now` as the data write it; dates without a zone are UTC."""
    moment = pd.Timestamp(now if now.tzinfo else now.replace(tzinfo=UTC))
    if times.dt.tz is not None:
        return moment.tz_convert(times.dt.tz)
    return moment.tz_convert("UTC").tz_localize(None)
