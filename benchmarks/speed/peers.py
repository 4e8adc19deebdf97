"""Other systems on the same rows, each in a virtual environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["peer_times"]

_FIT = {
    "flaml": """
from flaml import AutoML
model = AutoML()
model.fit(X_train=X, y_train=y, task=kind, time_budget=seconds, n_jobs=2, seed=0, verbose=0)
""",
    "autogluon": """
from autogluon.tabular import TabularPredictor
model = TabularPredictor(label=target, path=folder, verbosity=0).fit(
    pd.concat([X, y], axis=1), time_limit=seconds, presets="high_quality", num_cpus=2, num_gpus=0,
    dynamic_stacking=False, ag_args_ensemble={"fold_fitting_strategy": "sequential_local"})
model.persist()
""",
}

_MEASURE = """
import json, statistics, sys, time
import pandas as pd
train, asked, target, seconds, folder = sys.argv[1:6]
seconds = float(seconds)
rows, asked = pd.read_csv(train), pd.read_csv(asked)
X, y = rows.drop(columns=target), rows[target]
kind = "regression" if y.dtype.kind == "f" else "classification"
{fit}
def batch():
    begin = time.perf_counter(); model.predict(asked); return time.perf_counter() - begin
alone = [asked.iloc[[at]] for at in range(40)]
def one(row):
    begin = time.perf_counter(); model.predict(row); return 1000 * (time.perf_counter() - begin)
model.predict(asked.iloc[:100])
took = min(batch() for _ in range(2))
single = [one(row) for row in alone]
print("TIMES" + json.dumps(dict(rows_per_second=len(asked) / took,
      one_row_p50_ms=statistics.median(single), one_row_p99_ms=max(single))))
"""


def peer_times(
    home: Path,
    rows: tuple[pd.DataFrame, pd.DataFrame],
    target: str,
    seconds: float,
    folder: Path,
) -> dict[str, Any]:
    """Times by system; of one that failed, the end of what it said.

    Parameters
    ----------
    rows
        To learn from, with the target, and to predict, without.
    """
    paths = folder / "learned.csv", folder / "asked.csv"
    rows[0].to_csv(paths[0], index=False)
    rows[1].to_csv(paths[1], index=False)
    found: dict[str, Any] = {}
    for name, fit in _FIT.items():
        python = home / name / "bin" / "python"
        code = _MEASURE.replace("{fit}", fit)
        given = [*map(str, paths), target, str(seconds), str(folder / name)]
        done = subprocess.run(
            [str(python), "-c", code, *given], capture_output=True, text=True, check=False
        )
        told = [line for line in done.stdout.splitlines() if line.startswith("TIMES")]
        found[name] = json.loads(told[0][5:]) if told else {"failed": done.stderr[-500:]}
    return found
