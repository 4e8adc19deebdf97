"""Saved models of a candidate: the same files and the same code that a package ships."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from automl_tasks.search.candidate import Candidate
    from automl_tasks.search.fitting import Fit
    from automl_tasks.serve.predictors import Predictor

__all__ = ["SavedCandidate", "SavedMember", "predict_together", "save_member"]


def save_member(fit: Fit, folder: Path) -> None:
    """Write a fitted model with its preprocessing: ``pipeline.json``, ``model.json``, its files."""
    if fit.fitted is None:
        raise ValueError("the training rows have one class only")
    folder.mkdir(parents=True)
    fit.fitted.save(folder)
    (folder / "pipeline.json").write_text(json.dumps(fit.pipeline.state(), allow_nan=False))


class SavedMember:
    """Preprocessing and model from ``pipeline.json`` and ``model.json``, applied by ``serve``.

    Parameters
    ----------
    folder
        ``candidate/members/NAME``.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        from automl_tasks.serve.predictors import load_predictor

        self.steps: list[dict[str, Any]] = json.loads((folder / "pipeline.json").read_text())
        self.predictor = load_predictor(folder, threads=threads)

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(n,) values or (n, classes) probabilities of raw rows."""
        from automl_tasks.serve.steps import apply_steps

        return self.predictor.predict(apply_steps(self.steps, frame))


def predict_together(
    members: Sequence[SavedMember], weights: Sequence[float]
) -> Callable[[pd.DataFrame], NDArray[Any]]:
    """What members say of raw rows, weighted and added up; equal preprocessing is done once."""
    from automl_tasks.serve.model import weighted_sum
    from automl_tasks.serve.steps import SharedSteps

    groups: dict[str, list[tuple[Predictor, float]]] = {}
    steps: dict[str, list[dict[str, Any]]] = {}
    for member, weight in zip(members, weights, strict=True):
        key = json.dumps(member.steps, sort_keys=True)
        groups.setdefault(key, []).append((member.predictor, weight))
        steps[key] = member.steps
    shared, predictors = SharedSteps(list(steps.values())), list(groups.values())
    return lambda frame: weighted_sum(shared, predictors, frame)


class SavedCandidate:
    """The whole ensemble; members with equal preprocessing share it, as in a package.

    Parameters
    ----------
    folder
        ``NAME/runs/RUN/candidate``.

    Attributes
    ----------
    members
        In the order of ``candidate.members``.
    """

    def __init__(self, folder: Path, candidate: Candidate, threads: int = 1) -> None:
        self._offset, self._calibration = candidate.offset, candidate.calibration
        self.members = [
            SavedMember(folder / "members" / member.name, threads) for member in candidate.members
        ]
        weights = [member.weight for member in candidate.members]
        self._weighted_sum = predict_together(self.members, weights)

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(n,) values or (n, classes) probabilities of raw rows."""
        return self.finished(self._weighted_sum(frame))

    def finished(self, total: NDArray[Any]) -> NDArray[Any]:
        """The answer that a weighted mean of the members' predictions becomes."""
        from automl_tasks.serve.calibration import calibrate

        return calibrate(total + self._offset, self._calibration)
