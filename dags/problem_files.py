"""Shows problem files that are wrong as an import error of this file.

`nightshift.py` leaves them out, so that the DAGs of all other problems live on. Airflow finds this
file because its text names airflow and dag.
"""

from nightshift_airflow import load_problems

from automl_tasks.errors import ProblemError

if errors := load_problems()[1]:
    raise ProblemError("\n".join(map(str, errors)))
