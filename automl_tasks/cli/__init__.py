"""The ``nightshift`` command: the same chain as in Airflow, without Airflow."""

from automl_tasks.cli._main import main

__all__ = ["main"]
