"""Airflow and MLflow on one machine: start, watch and stop them; plain processes and HTTP."""

from automl_tasks.local.client import AirflowClient
from automl_tasks.local.services import start, status, stop
from automl_tasks.local.state import Component, Services, running_services

__all__ = [
    "AirflowClient",
    "Component",
    "Services",
    "running_services",
    "start",
    "status",
    "stop",
]
