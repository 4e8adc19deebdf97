"""The forms of runs that are started by hand."""

from __future__ import annotations

from typing import get_args

from airflow.sdk import Param

from automl_tasks.problem import Metric, Problem

__all__ = ["promote_form", "search_form"]

Form = dict[str, Param]


def search_form(problem: Problem) -> Form:
    """Fields of ``NAME.search``; the monitor fills them in, too."""
    return {
        "minutes": Param(
            None,
            type=["null", "number"],
            exclusiveMinimum=0,
            maximum=1440,
            title="Budget in minutes",
            description=f"Empty: {problem.budget.minutes:g}, as the problem says",
        ),
        "metric": Param(
            None,
            type=["null", "string"],
            enum=[None, *get_args(Metric)],
            title="Metric",
            values_display={None: "as the problem says"},
        ),
        "window_rows": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Newest rows",
            description="Search on so many of the newest rows; empty: on all",
        ),
        "reason": Param("", type=["null", "string"], maxLength=2000, title="Reason"),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Register nothing"),
    }


def promote_form() -> Form:
    """Fields of ``NAME.promote``."""
    return {
        "action": Param("promote", type="string", enum=["promote", "rollback"], title="Action"),
        "version": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Version",
            description="Empty: the challenger; for a rollback, the previous champion",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run", description="Decide, but move nothing"
        ),
    }
