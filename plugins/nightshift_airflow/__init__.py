"""What the DAGs need of Airflow besides their wiring. Light: it is imported at every parse."""

from nightshift_airflow.defaults import asset, nightshift_dag
from nightshift_airflow.problems import load_problems, problems_to_parse

__all__ = ["asset", "load_problems", "nightshift_dag", "problems_to_parse"]
