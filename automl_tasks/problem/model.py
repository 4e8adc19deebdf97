"""The typed model of a problem file, with every default."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from automl_tasks.problem.costs import ClassLabel, Costs
from automl_tasks.problem.cron import check_cron
from automl_tasks.problem.fairness import FairnessMeasure, FairnessPolicy
from automl_tasks.problem.source import FileSource, Source, SqlSource, Strict

__all__ = [
    "Budget",
    "FairnessMeasure",
    "FairnessPolicy",
    "FileSource",
    "Metric",
    "MonitorPolicy",
    "Notify",
    "Problem",
    "Role",
    "Source",
    "SqlSource",
    "Task",
]

Task = Literal["binary", "multiclass", "regression"]
Metric = Literal[
    "rmse",
    "mae",
    "r2",
    "pinball",
    "log_loss",
    "roc_auc",
    "average_precision",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "mcc",
    "cost",
]
Role = Literal[
    "numeric",
    "categorical",
    "high_cardinality",
    "datetime",
    "text",
    "id",
    "constant",
    "leak_suspect",
]


class Budget(Strict):
    """What one search may use; the whole of plan, search, ensemble and assessment counts."""

    minutes: float = Field(5.0, gt=0, le=1440, strict=False, description="Wall-clock minutes")
    trials: int | None = Field(
        None, ge=1, description="Number of trials; the search ends at whichever limit comes first"
    )
    memory_gb: float = Field(4.0, gt=0, strict=False, description="Memory of one trial, in GB")
    workers: int = Field(1, ge=1, le=64, description="Search tasks that share the trials")


class Constraints(Strict):
    """Limits that a promoted model must keep."""

    latency_ms_per_row: float | None = Field(
        None, gt=0, strict=False, description="Milliseconds to predict one row"
    )
    size_mb: float | None = Field(None, gt=0, strict=False, description="Megabytes of the package")


class MonitorPolicy(Strict):
    """When the champion counts as degraded, and what happens then."""

    mode: Literal["enabled", "dry_run", "disabled"] = Field(
        "enabled", description="dry_run decides and reports but never starts a search"
    )
    min_rows: int = Field(100, ge=10, description="With fewer matured rows: unknown, no alarm")
    tolerance: float = Field(
        0.1, ge=0, strict=False, description="Relative loss increase that is still acceptable"
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, strict=False, description="Of the loss increase")
    windows: int = Field(1, ge=1, description="Consecutive violating windows before a retrain")
    window_rows: int | None = Field(
        None, ge=10, description="Rows of a window; default: a window is what arrives together"
    )
    window_hours: float | None = Field(
        None, gt=0, strict=False, description="Hours of a window, by the time column"
    )
    detector: Literal["sequential", "page_hinkley", "adwin", "n_of_m", "calendar"] = Field(
        "sequential", description="What tells that the loss has risen"
    )
    detector_options: dict[str, Any] = Field(
        {}, description="Its parameters, where the defaults do not suit; see docs/monitoring.md"
    )
    payoff: float | None = Field(
        0.02,
        gt=0,
        strict=False,
        description="A retrain pays when waiting has cost this share of one window's loss; "
        "null: only a risen loss counts",
    )
    rollback: Literal["auto", "report"] = Field(
        "auto",
        description="When a young champion does worse than the version before it: put that back, "
        "or only say so",
    )
    searches_per_month: int = Field(
        12, ge=0, description="Searches that the monitor may start in 30 days"
    )
    cooldown_hours: float = Field(
        0,
        ge=0,
        strict=False,
        description="No second retrain within this time",
    )

    @model_validator(mode="after")
    def _one_kind_of_window(self) -> MonitorPolicy:
        if self.window_rows is not None and self.window_hours is not None:
            raise ValueError("window_rows and window_hours exclude each other")
        return self


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False)]


class Notify(Strict):
    """Who is told when a run fails or data go to quarantine."""

    email: OneOrMore = Field((), description="Addresses")


class Problem(Strict):
    """A prediction problem. Only name, source and target are required."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="Lower-case name; the DAGs, the registered model and the store use it",
    )
    source: Source = Field(description="Where the data are: a path, or a mapping")
    target: str = Field(min_length=1, description="Column to predict")
    description: str = Field("", description="A sentence for people")
    owner: str = Field("nightshift", description="Shown in Airflow")
    task: Task | None = Field(None, description="Default: from the target's values")
    metric: Metric | None = Field(
        None,
        description="Default: rmse, roc_auc (binary), log_loss (multiclass); "
        "pinball with a quantile, cost with costs",
    )
    positive: ClassLabel | None = Field(
        None, description="The class that f1 and average_precision look for; default: the second"
    )
    quantile: float = Field(
        0.5, gt=0, lt=1, strict=False, description="What pinball asks for; 0.5 is the median"
    )
    costs: Costs = Field({}, description="True class to predicted class to cost, for metric cost")
    time: str | None = Field(None, description="Column that orders the rows")
    split: Literal["auto", "random", "blocks", "time"] = Field(
        "auto",
        description="auto: time when a time column is named, blocks when neighbouring rows have "
        "like targets, else random; time without a time column takes the order of the source",
    )
    group: str | None = Field(
        None, description="Column whose rows of one value are never torn apart; not a feature"
    )
    gap_hours: float | None = Field(
        None,
        ge=0,
        strict=False,
        description="Between training and what follows it in time; default: label_delay_hours",
    )
    gap_rows: int = Field(0, ge=0, description="The same as a number of rows")
    holdout: float = Field(
        0.15,
        ge=0,
        lt=0.5,
        strict=False,
        description="Share of rows that only the final check sees; 0 in the Python API only",
    )
    weight: str | None = Field(
        None, description="Column with the rows' weights, none below 0; not a feature"
    )
    id: OneOrMore = Field((), description="Columns that identify a row; default: all features")
    label_delay_hours: float = Field(
        0, ge=0, strict=False, description="How long after its time a row's label is known"
    )
    protected: OneOrMore = Field((), description="Columns on which fairness is reported")
    fairness: FairnessPolicy = Field(
        FairnessPolicy(), description="How groups of the protected columns are compared"
    )
    ignore: OneOrMore = Field((), description="Columns that are not features")
    roles: dict[str, Role] = Field({}, description="Roles that are known better than inferred")
    missing: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        ("",), description="Field texts that mean missing; 'NA' and 'None' may be categories"
    )
    steps: tuple[dict[str, Any], ...] = Field(
        (), strict=False, description="Mandatory feature steps; see docs/problem-file.md"
    )
    schedule: str | None = Field("0 2 * * *", description="Cron of the nightly run (UTC), or null")
    retrain: Literal["nightly", "when_degraded"] = Field(
        "nightly", description="Search on every new snapshot, or only first and when degraded"
    )
    budget: Budget = Field(Budget(), description="What one search may use")
    constraints: Constraints = Field(
        Constraints(), description="Limits that a promoted model must keep"
    )
    monitor: MonitorPolicy = Field(
        MonitorPolicy(), description="When the champion counts as degraded, and what happens then"
    )
    promotion: Literal["auto", "approval"] = Field(
        "auto", description="approval: a person approves in the Airflow UI"
    )
    notify: Notify = Field(
        Notify(), description="Who is told when a run fails or data go to quarantine"
    )
    seed: int = Field(0, ge=0, description="Of every random choice")

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str | None) -> str | None:
        return value if value is None else check_cron(value)

    @model_validator(mode="after")
    def _one_use_each(self) -> Problem:
        for key, columns in (
            ("id", self.id),
            ("protected", self.protected),
            ("ignore", self.ignore),
        ):
            if self.target in columns:
                raise ValueError(f"target {self.target!r} is also named in {key}")
        for key, column in (("time", self.time), ("group", self.group), ("weight", self.weight)):
            if self.target == column:
                raise ValueError(f"target {self.target!r} is also the {key} column")
        if self.weight is not None and self.weight in (self.time, self.group, *self.id):
            raise ValueError(f"weight {self.weight!r} is also the time, group or id column")
        return self

    @model_validator(mode="after")
    def _fairness_has_its_columns(self) -> Problem:
        asked = self.fairness
        if self.protected:
            return self
        for key in ("max_disparity", "measure"):
            if getattr(asked, key) is not None:
                raise ValueError(f"fairness.{key} needs protected: the columns to compare by")
        if asked.mitigation != "none" or asked.features != "use":
            raise ValueError("fairness needs protected: the columns to compare by")
        return self

    @property
    def no_features(self) -> tuple[str, ...]:
        """Columns that models do not see."""
        hidden = self.protected if self.fairness.features == "exclude" else ()
        return tuple(dict.fromkeys([*self.ignore, *hidden]))

    @model_validator(mode="after")
    def _metric_has_its_setting(self) -> Problem:
        if self.metric == "cost" and not self.costs:
            raise ValueError("metric cost needs costs: {true class: {predicted class: cost}}")
        if self.quantile != 0.5 and self.metric not in (None, "pinball"):
            raise ValueError(f"quantile belongs to metric pinball, not to {self.metric}")
        return self
