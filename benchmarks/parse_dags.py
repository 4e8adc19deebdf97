"""How long Airflow needs to parse dags/nightshift.py with many problem files, and what it loads.

    .venv/bin/python benchmarks/parse_dags.py [--problems 50] [--repeats 5] [--limit 2]

Each repeat is a fresh process, as in Airflow's DAG processor, which has Airflow itself loaded and
forks for every file: the time from there to the last DAG counts. Exits 1 above the limit, or when
a package is loaded that belongs into tasks.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("sklearn", "mlflow", "evidently", "great_expectations", "pandas", "lightgbm", "catboost")

PARSE = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk
before, cpu = time.perf_counter(), time.process_time()
bag = DagBag(sys.argv[1])
seconds, cpu = time.perf_counter() - before, time.process_time() - cpu
heavy = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps({"seconds": seconds, "cpu": cpu, "dags": len(bag.dags), "heavy": heavy,
                  "errors": list(bag.import_errors.values())}))
"""


def parse(home: Path, problems: Path) -> dict[str, object]:
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "NIGHTSHIFT_HOME": str(home),
        "NIGHTSHIFT_PROBLEMS": str(problems),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", PARSE, str(ROOT / "dags" / "nightshift.py"), json.dumps(HEAVY)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.exit(answer.stderr)
    result: dict[str, object] = json.loads(answer.stdout.splitlines()[-1])
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=float, default=2.0, help="seconds")
    options = parser.parse_args()
    text = (ROOT / "dags" / "problems" / "bike_sharing.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        problems = Path(folder, "problems")
        problems.mkdir()
        for number in range(options.problems):
            name = f"bikes_{number:03}"
            (problems / f"{name}.yaml").write_text(
                text.replace("name: bike_sharing", f"name: {name}")
            )
        # The first process writes bytecode and Airflow's configuration, and is not counted.
        results = [parse(Path(folder), problems) for _ in range(options.repeats + 1)]
    last, times = results[-1], [float(str(each["seconds"])) for each in results[1:]]
    median = statistics.median(times)
    cpu = statistics.median(float(str(each["cpu"])) for each in results[1:])
    print(f"{options.problems} problem files, {last['dags']} DAGs, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    spread = f"median of {len(times)}; {min(times):.2f} to {max(times):.2f}"
    print(f"parsed in {median:.2f} s ({spread}), of which {cpu:.2f} s on a core")
    print(f"heavy packages loaded: {last['heavy'] or 'none'}; errors: {last['errors'] or 'none'}")
    complete = last["dags"] == 5 * options.problems and not last["heavy"] and not last["errors"]
    return 0 if complete and median <= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
