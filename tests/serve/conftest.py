"""Small packages with columns of every kind, written as `deliver` writes them."""

import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.manifest import write_manifest

ROWS = 400
MISSING = ("", "?", "-1")


def make_rows(rows=ROWS, seed=0):
    """As a snapshot holds them: texts as objects, the rest typed, missing cells as None or NaN."""
    rng = np.random.default_rng(seed)
    area = rng.uniform(20, 200, rows).round(2)
    return pd.DataFrame(
        {
            "sold": pd.date_range("2024-01-01", periods=rows, freq="5h"),
            "area": np.where(rng.random(rows) < 0.1, np.nan, area),
            "rooms": rng.integers(1, 7, rows),
            "zip": rng.choice([52062, 53111, 29221], rows),
            "city": rng.choice(["Aachen", "Bonn", "Celle"], rows),
            "lift": rng.choice(["true", "false"], rows),
            "note": np.where(rng.random(rows) < 0.3, None, rng.choice(["old", "new"], rows)),
        }
    )


def targets(rows):
    """By task, what the columns explain."""
    value = 3 * rows["area"].fillna(100) + 20 * rows["rooms"] + 50 * (rows["city"] == "Bonn")
    value += 30 * (rows["lift"] == "true") + 20 * (rows["zip"] == 53111)
    value += np.random.default_rng(1).normal(0, 40, len(rows))
    return {
        "regression": value,
        "binary": pd.Series(np.where(value > value.median(), "dear", "cheap")),
        "multiclass": pd.cut(value, 3, labels=[3, 5, 8]).astype(int),
    }


def write_package(folder, task, families=("linear", "lightgbm")):
    from automl_tasks.assess.explanation.background import background_json
    from automl_tasks.deliver.stored import stored_columns
    from automl_tasks.features import FeaturePipeline, TargetCodec, infer_roles
    from automl_tasks.models import FAMILIES
    from automl_tasks.problem import Problem
    from automl_tasks.search.conformal import conformal_state

    rows = make_rows()
    target = targets(rows)[task]
    roles = {"zip": "categorical"}
    problem = Problem(name="homes", source="x.csv", target="y", time="sold", roles=roles)
    codec = TargetCodec.fit(target, task)
    y, fit = codec.encode(target), np.arange(ROWS) % 2 == 0
    members, columns, said = [], {}, 0.0
    for name in families:
        pipeline = FeaturePipeline(FAMILIES[name].recipe, infer_roles(rows, problem))
        X = pipeline.fit(rows[fit], y[fit]).transform(rows)
        fitted = FAMILIES[name].fit(
            X[fit],
            y[fit],
            task=task,
            params={**FAMILIES[name].portfolio(task, ROWS)[0], "iterations": 20},
            classes=len(codec.classes or ()),
            valid=None,
            threads=1,
            seed=0,
            seconds=30,
        )
        said += fitted.predict(X[~fit]) / len(families)
        fitted.save(folder / "members" / name)
        (folder / "steps").mkdir(exist_ok=True)
        (folder / "steps" / f"{name}.json").write_text(json.dumps(pipeline.state()))
        columns |= next(step for step in pipeline.state() if step["kind"] == "read")["columns"]
        members.append(
            {
                "id": name,
                "weight": 1 / len(families),
                "folder": f"members/{name}",
                "steps": f"steps/{name}.json",
            }
        )
    model = {
        "format": 1,
        "task": task,
        "classes": codec.classes,
        "dtype": codec.dtype,
        "missing": list(MISSING),
        "members": members,
        "columns": stored_columns(columns, rows, MISSING),
        "conformal": conformal_state(y[~fit], said),
    }
    (folder / "model.json").write_text(json.dumps(model))
    (folder / "background.json").write_text(background_json(rows, columns))
    write_manifest(folder)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Folders of packages by task."""
    root = tmp_path_factory.mktemp("packages")
    for task in ("regression", "binary", "multiclass"):
        write_package(root / task, task)
    return {folder.name: folder for folder in root.iterdir()}


class Models(dict):
    """Models by task; short in hypothesis's messages."""

    def __repr__(self):
        return f"models of {', '.join(self)}"


@pytest.fixture(scope="session")
def models(packages):
    """The loaded packages by task."""
    from automl_tasks.serve import load

    return Models({task: load(folder, threads=1) for task, folder in packages.items()})


@pytest.fixture(scope="session")
def raw_rows():
    """Rows like those that the packages learned from."""
    return make_rows(60, seed=5)
