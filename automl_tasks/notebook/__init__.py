"""The engine in a notebook: no Airflow, no server, the same plan, trials, ensemble and models."""

from automl_tasks.notebook.engineer import Engineered, engineer
from automl_tasks.notebook.estimators import AutoMLClassifier, AutoMLRegressor
from automl_tasks.notebook.evaluate import evaluate
from automl_tasks.notebook.fitted import FittedModel
from automl_tasks.notebook.prepare import Prepared, prepare
from automl_tasks.notebook.searching import SearchResult, search

__all__ = [
    "AutoMLClassifier",
    "AutoMLRegressor",
    "Engineered",
    "FittedModel",
    "Prepared",
    "SearchResult",
    "engineer",
    "evaluate",
    "prepare",
    "search",
]
