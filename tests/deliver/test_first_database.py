"""Several processes make MLflow's first database at once.

As a script this is those processes, forked after the imports.
"""

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

PROCESSES = 3


def test_all_of_them_find_it_made(tmp_path):
    root, uri = Path(__file__).parents[2], f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    done = subprocess.run(
        [sys.executable, __file__],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "MLFLOW_TRACKING_URI": uri},
    )
    assert done.returncode == 0, done.stderr


def first_users():
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    start = time.monotonic() + 0.2
    children = [_fork(start) for _ in range(PROCESSES)]
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


def _fork(start):
    from automl_tasks.deliver.registry import registry

    child = os.fork()
    if child:
        return child
    try:
        time.sleep(max(0.0, start - time.monotonic()))
        with registry() as client:
            client.search_registered_models(max_results=1)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(first_users())
