"""Turn a run's candidate into a package: native model files, JSON, and a manifest over all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.candidate import RunFacts, load_facts
from automl_tasks.deliver.stored import stored_columns
from automl_tasks.errors import PackageError
from automl_tasks.store import digest_json

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.store import Store

__all__ = ["PackageManifest", "build_package"]

Array = NDArray[Any]

_PARITY_ROWS = 200
_TOLERANCE = 1e-6
_PIPELINE = "pipeline.json"


class PackageManifest(BaseModel):
    """What a package holds.

    Attributes
    ----------
    digest
        SHA-256 of the list of files, sizes and SHA-256s: one id of the whole package.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    files: int
    size_bytes: int
    digest: str


def build_package(store: Store, name: str, run: str) -> PackageManifest:
    """Package the candidate of a run, and prove that it predicts what the search measured.

    A package that is there already is verified and left alone.

    Raises
    ------
    PackageError
        When the candidate is incomplete, or the package, loaded from disk, does not reproduce the
        candidate's stored holdout predictions.
    """
    from automl_tasks.search import holdout_prediction
    from automl_tasks.serve import BadPackage
    from automl_tasks.serve.manifest import verify_manifest, write_manifest

    key = f"{name}/runs/{run}/package"
    try:
        if not store.exists(key):
            facts = load_facts(store, name, run)
            rows = _holdout_rows(store, facts)
            with store.new_folder(key) as folder:
                _write_parts(folder, facts, rows.develop)
                write_manifest(folder)
                _check_parity(folder, facts, rows.holdout, holdout_prediction(store, facts.plan))
        return _summary(run, verify_manifest(store.path(key)))
    except BadPackage as error:
        raise PackageError(str(error), where=key) from error


class _Rows:
    """Raw rows of a run's snapshot: those it learned from and those it only checked."""

    def __init__(self, frame: pd.DataFrame, develop: Any, holdout: Any) -> None:
        self.develop, self.holdout = frame.iloc[develop], frame.iloc[holdout]


def _holdout_rows(store: Store, facts: RunFacts) -> _Rows:
    from automl_tasks.ingest import load_snapshot
    from automl_tasks.search import load_labels

    plan = facts.plan
    frame = load_snapshot(store, plan.problem.name, plan.snapshot).read()
    labels = load_labels(store, plan)
    return _Rows(frame, labels.develop, labels.holdout)


def _write_parts(folder: Path, facts: RunFacts, develop: pd.DataFrame) -> None:
    from automl_tasks.assess.explanation import background_json, columns_read
    from automl_tasks.models.flat import write_flat_trees
    from automl_tasks.serve.background import BACKGROUND

    members, columns = [], dict[str, str]()
    for member in facts.candidate.members:
        source = facts.folder / "members" / member.name
        steps = json.loads((source / _PIPELINE).read_text())
        # Members of one recipe share their preprocessing; it is stored and applied once.
        shared = f"steps/{digest_json(steps)[:16]}.json"
        _write_json(folder / shared, steps)
        target = folder / "members" / member.name
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(_PIPELINE))
        write_flat_trees(target)
        columns |= columns_read(steps)
        members.append(
            {
                "id": member.name,
                "family": member.family,
                "weight": member.weight,
                "folder": f"members/{member.name}",
                "steps": shared,
            }
        )
    _write_json(folder / "model.json", _model(facts, members, columns, develop))
    (folder / BACKGROUND).write_text(background_json(develop, columns))


def _model(
    facts: RunFacts, members: list[dict[str, Any]], columns: dict[str, str], develop: pd.DataFrame
) -> dict[str, Any]:
    from automl_tasks.serve.package import PACKAGE_FORMAT

    plan, problem = facts.plan, facts.plan.problem
    if facts.candidate.group_decision is not None:  # it reads a column that no model may read
        columns = dict.fromkeys(problem.protected, "text") | columns
    return {
        "format": PACKAGE_FORMAT,
        "problem": problem.name,
        "run": plan.run,
        "snapshot": plan.snapshot,
        "task": problem.task,
        "metric": problem.metric,
        "target": problem.target,
        "classes": plan.classes,
        "dtype": plan.target["dtype"],
        "missing": list(problem.missing),
        "columns": stored_columns(columns, develop, problem.missing),
        "members": members,
        "calibration": facts.candidate.calibration,
        "decision": facts.candidate.decision,
        "group_decision": facts.candidate.group_decision,
        "offset": facts.candidate.offset,
        "conformal": facts.candidate.conformal,
        "holdout": {
            metric: interval.model_dump() for metric, interval in facts.assessment.metrics.items()
        },
    }


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def _check_parity(folder: Path, facts: RunFacts, holdout: pd.DataFrame, stored: Array) -> None:
    from automl_tasks.serve import load
    from automl_tasks.serve.columns import select_columns

    if len(stored) != len(holdout):
        raise PackageError(
            f"the snapshot has {len(holdout)} holdout rows, the candidate predicted {len(stored)}",
            where=facts.plan.run,
            remedy="Search again on the current snapshot",
        )
    step = max(1, len(stored) // _PARITY_ROWS)
    model = load(folder)
    rows = select_columns(holdout.iloc[::step], model.columns, model.info["missing"])
    # A row alone goes another way than many.
    told = np.concatenate([model.predict_raw(rows.iloc[:1]), model.predict_raw(rows.iloc[1:])])
    difference = np.abs(told - stored[::step])
    worst = float(np.max(difference / (1 + np.abs(stored[::step]))))
    if not worst <= _TOLERANCE:  # NaN fails too
        raise PackageError(
            f"the package's predictions differ from the candidate's by up to {worst:.3g}",
            where=facts.plan.run,
            remedy="A feature step or model file does not survive saving; report this as a bug",
        )


def _summary(run: str, files: dict[str, Any]) -> PackageManifest:
    return PackageManifest(
        run=run,
        files=len(files),
        size_bytes=sum(entry["size"] for entry in files.values()),
        digest=digest_json(files),
    )
