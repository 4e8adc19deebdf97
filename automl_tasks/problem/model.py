"""The typed model of a problem file, with every default."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from automl_tasks.problem.cron import check_cron

__all__ = [
    "Budget",
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
    "rmse", "mae", "r2", "log_loss", "roc_auc", "average_precision", "accuracy", "balanced_accuracy"
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileSource(_Strict):
    """CSV or Parquet: a file, a folder, a glob, or any of them on S3."""

    path: str = Field(
        min_length=1,
        description="File, folder or glob, relative to the problem file; or s3://bucket/prefix. "
        "A folder or glob is read in the order of the file names",
    )
    format: Literal["csv", "parquet"] | None = Field(
        None,
        description="Default: from the file names (.csv, .tsv, .parquet; .gz, .zst)",
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="Default: sniffed")
    encoding: str | None = Field(None, description="Default: UTF-8, else detected")
    connection: str | None = Field(
        None,
        description="Airflow connection id with the credentials; default: the AWS chain",
    )


class SqlSource(_Strict):
    """A query or table, read in chunks on a read-only connection."""

    url: str | None = Field(
        None,
        description="SQLAlchemy URL; write passwords as ${VARIABLE}",
    )
    connection: str | None = Field(None, description="Airflow connection id, in place of url")
    query: str | None = Field(None, description="SELECT statement; ORDER BY where order matters")
    table: str | None = Field(None, description="Table (schema.table), in place of query")

    @model_validator(mode="after")
    def _one_of_each(self) -> SqlSource:
        if (self.url is None) == (self.connection is None):
            raise ValueError("give either url or connection")
        if (self.query is None) == (self.table is None):
            raise ValueError("give either query or table")
        return self


def _shorthand(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _source_kind(value: object) -> object:
    """Pick the source's model by its keys, so that an error speaks of one model, not of both."""
    value = _shorthand(value)
    if isinstance(value, dict):
        kind = SqlSource if {"url", "query", "table"} & set(value) else FileSource
        return kind.model_validate(value)
    if isinstance(value, FileSource | SqlSource):
        return value
    raise ValueError("should be a path, or a mapping with path, or with url and query or table")


Source = Annotated[FileSource | SqlSource, BeforeValidator(_source_kind)]


class Budget(_Strict):
    """What one search may use; the whole of plan, search, ensemble and assessment counts."""

    minutes: float = Field(5.0, gt=0, le=1440, strict=False, description="Wall-clock minutes")
    trials: int | None = Field(
        None, ge=1, description="Number of trials; the search ends at whichever limit comes first"
    )
    memory_gb: float = Field(4.0, gt=0, strict=False, description="Memory of one trial, in GB")
    workers: int = Field(1, ge=1, le=64, description="Search tasks that share the trials")


class Constraints(_Strict):
    """Limits that a promoted model must keep."""

    latency_ms_per_row: float | None = Field(
        None, gt=0, strict=False, description="Milliseconds to predict one row"
    )
    size_mb: float | None = Field(None, gt=0, strict=False, description="Megabytes of the package")


class MonitorPolicy(_Strict):
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
    cooldown_hours: float = Field(
        0,
        ge=0,
        strict=False,
        description="No second retrain within this time",
    )


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False)]


class Notify(_Strict):
    """Who is told when a run fails or data go to quarantine."""

    email: OneOrMore = Field((), description="Addresses")


class Problem(_Strict):
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
        None, description="Default: rmse, roc_auc (binary), log_loss (multiclass)"
    )
    time: str | None = Field(None, description="Column that orders the rows")
    split: Literal["auto", "random", "time"] = Field(
        "auto",
        description="auto: time when a time column is named, else random; "
        "time without a time column takes the order of the source",
    )
    holdout: float = Field(
        0.15,
        ge=0,
        lt=0.5,
        strict=False,
        description="Share of rows that only the final check sees; 0 in the Python API only",
    )
    id: OneOrMore = Field((), description="OneOrMore that identify a row; default: all features")
    label_delay_hours: float = Field(
        0, ge=0, strict=False, description="How long after its time a row's label is known"
    )
    protected: OneOrMore = Field((), description="OneOrMore on which fairness is reported")
    ignore: OneOrMore = Field((), description="OneOrMore that are not features")
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
    def _target_is_no_feature(self) -> Problem:
        for key, columns in (
            ("id", self.id),
            ("protected", self.protected),
            ("ignore", self.ignore),
        ):
            if self.target in columns:
                raise ValueError(f"target {self.target!r} is also named in {key}")
        if self.time == self.target:
            raise ValueError(f"target {self.target!r} is also the time column")
        return self
