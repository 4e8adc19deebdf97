"""What gradient boosting by LightGBM and by XGBoost has in common."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from automl_tasks.problem import Task
from automl_tasks.serve.predictors import Predictor

from ._base import Family, Fitted, Training

__all__ = ["Boosting"]


class Boosting(Family):
    """Rounds of trees until the held-back rows say stop, and of them the best ones.

    Attributes
    ----------
    objectives
        The library's names of objective and held-back loss of each task.
    predictor
        Predicts with the trained booster.
    """

    recipe = "tree"
    stops_early = True
    objectives: ClassVar[dict[Task, dict[str, str]]]
    predictor: type[Predictor]

    @abstractmethod
    def _boost(self, training: Training, params: dict[str, Any]) -> Any:
        """Booster trained with `params`, its rounds watched by ``training.stopper``."""

    @abstractmethod
    def _write(self, booster: Any, iterations: int, folder: Path) -> None:
        """Save the native file."""

    @abstractmethod
    def _quantile_objective(self, quantile: float) -> dict[str, Any]:
        """The library's names of objective and held-back loss of a quantile."""

    def _train(self, training: Training) -> Fitted:
        objective = self.objectives[training.task]
        if training.quantile is not None:
            objective = self._quantile_objective(training.quantile)
        params = {**objective, **training.params, "seed": training.seed}
        if training.task == "multiclass":
            params["num_class"] = training.classes
        booster = self._boost(training, params)
        iterations = training.stopper.best
        info = {**training.info, "iterations": iterations}
        return Fitted(
            self.predictor(info, booster, training.threads),
            lambda folder: self._write(booster, iterations, folder),
            iterations,
        )
