"""One start of the real services for all tests, in a home whose path has a space."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from automl_tasks.local import AirflowClient, Services, running_services, start, stop
from automl_tasks.local.health import log_tail
from automl_tasks.local.polling import wait_for
from automl_tasks.settings import current_settings
from automl_tasks.store import Store, open_store

KINDS = ("prepare", "search", "promote", "score", "monitor")
Json = dict[str, Any]


class Installation:
    """The running services, seen as a person and a consumer see them: over HTTP."""

    def __init__(self, home: Path, problems: Path, store: Store, services: Services) -> None:
        self.home, self.problems, self.store, self.services = home, problems, store, services
        self.airflow = AirflowClient(services)
        self._mlflow = httpx.Client(base_url=f"{services.mlflow_url}/api/2.0/mlflow", timeout=30)

    def close(self) -> None:
        self.airflow.__exit__()
        self._mlflow.close()

    def add_problem(self, name: str, **keys: Any) -> None:
        """Write a problem whose batches arrive in a folder, and wait until Airflow has read it."""
        (self.home / "data" / name).mkdir(parents=True)
        content = {
            "name": name,
            "source": str(self.home / "data" / name),
            "target": "y",
            "time": "time",
            "schedule": None,
            "retrain": "when_degraded",
            "budget": {"minutes": 0.3},
        }
        (self.problems / f"{name}.yaml").write_text(json.dumps(content | keys))
        wanted = {f"{name}.{kind}" for kind in KINDS}
        wait_for(
            lambda: wanted <= {each["dag_id"] for each in self.airflow.dags()},
            what=f"the DAGs of {name}",
            timeout=120,
        )

    def arrive(self, name: str, batch: pd.DataFrame) -> None:
        """Put a batch into the problem's folder."""
        folder = self.home / "data" / name
        batch.to_csv(folder / f"{len(list(folder.iterdir())):03}.csv", index=False)

    def prepare(self, name: str) -> Json:
        return self.run(f"{name}.prepare")

    def run(self, dag: str, conf: Json | None = None, *, state: str = "success") -> Json:
        """Run a DAG by hand to its end."""
        return self.ended(dag, self.airflow.trigger(dag, conf), state=state)

    def ended(self, dag: str, run: str, *, state: str = "success") -> Json:
        """Wait for the end of a run and check how it ended."""
        ended = self.airflow.wait(dag, run, timeout=240)
        assert ended["state"] == state, self.story(dag, run)
        return ended

    def next_run(self, dag: str, *, after: int = 0, state: str = "success") -> Json:
        """Wait for a run of a DAG that something else starts, and for its end.

        Parameters
        ----------
        after
            So many runs were known before.
        """
        runs = wait_for(
            lambda: found if len(found := self.airflow.runs(dag)) > after else None,
            what=f"run {after + 1} of {dag}",
            timeout=120,
        )
        return self.ended(dag, runs[len(runs) - after - 1]["dag_run_id"], state=state)

    def states(self, dag: str, run: str) -> dict[str, str]:
        """State of each task of a run."""
        return {each["task_id"]: each["state"] for each in self.airflow.task_instances(dag, run)}

    def alias(self, name: str, alias: str) -> int | None:
        """Version behind an alias in the MLflow registry."""
        answer = self._mlflow.get("registered-models/alias", params={"name": name, "alias": alias})
        return int(answer.json()["model_version"]["version"]) if answer.is_success else None

    def versions(self, name: str) -> list[Json]:
        """Registered versions with their tags, oldest first."""
        answer = self._mlflow.get(
            "model-versions/search", params={"filter": f"name = '{name}'"}
        ).raise_for_status()
        found = answer.json().get("model_versions", [])
        for each in found:
            each["tags"] = {tag["key"]: tag["value"] for tag in each.get("tags", [])}
        return sorted(found, key=lambda each: int(each["version"]))

    def story(self, dag: str, run: str) -> str:
        """What a person would want to read when a run did not end as expected."""
        lines = [f"{dag} {run}"]
        for each in self.airflow.task_instances(dag, run):
            lines.append(f"{each['task_id']} [{each['map_index']}]: {each['state']}")
            if each["state"] in ("failed", "up_for_retry"):
                log = self.airflow.task_log(
                    dag,
                    run,
                    each["task_id"],
                    attempt=each["try_number"],
                    map_index=each["map_index"],
                )
                lines.append(log[-3000:])
        return "\n".join(lines)


@pytest.fixture(scope="package")
def installation(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("a home")
    problems = home / "problems"
    problems.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AIRFLOW", "NIGHTSHIFT", "MLFLOW")):
                patch.delenv(name)
        patch.setenv("NIGHTSHIFT_HOME", str(home))
        settings = current_settings()
        services = start(settings, problems=[problems])
        try:
            running = Installation(home, problems, open_store(settings.store_url), services)
            yield running
            running.close()
        finally:
            if request.session.testsfailed:
                for component in services.components:
                    text = log_tail(Path(component.log), 40)
                    sys.stderr.write(f"--- {component.name}\n{text}\n")
            stop(settings)
        assert running_services(home) is None


@pytest.fixture(scope="package")
def rows() -> Callable[..., pd.DataFrame]:
    """Hourly rows with a linear target whose slope may change."""

    def make(count: int, *, first_day: str, slope: float = 3.0, seed: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        x, z = rng.normal(size=count), rng.normal(size=count)
        return pd.DataFrame(
            {
                "time": pd.date_range(first_day, periods=count, freq="h"),
                "x": x.round(4),
                "z": z.round(4),
                "kind": rng.choice(["a", "b", "c"], size=count),
                "y": (slope * x + z + rng.normal(scale=0.3, size=count)).round(4),
            }
        )

    return make
