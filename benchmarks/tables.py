"""The tables of a comparison: a catalogue, and the split that every system gets."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TEST_SHARE = 0.3


@dataclass(frozen=True)
class Entry:
    """A line of ``catalog.csv``.

    Attributes
    ----------
    ordered
        Whether its rows are in order of time.
    """

    name: str
    path: Path
    target: str
    task: str
    ordered: bool

    @property
    def metric(self) -> str:
        return {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[self.task]


def read_catalog(data: Path) -> dict[str, Entry]:
    """Tables by name; those without a task are left out."""
    with (data / "catalog.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["task"]]
    return {
        line["name"]: Entry(
            name=line["name"],
            path=data / line["file"],
            target=line["target"],
            task=line["task"],
            ordered=bool(line.get("time_column")),
        )
        for line in lines
    }


def read_rows(entry: Entry, *, seed: int, most: int) -> pd.DataFrame:
    """Labelled rows; of more than `most` the newest where they are ordered, else a sample."""
    from peer_entry import read_table

    frame = read_table(entry.path).dropna(subset=[entry.target])
    if len(frame) > most:
        frame = frame.iloc[-most:] if entry.ordered else frame.sample(most, random_state=seed)
    return frame.reset_index(drop=True)


def write_split(entry: Entry, folder: Path, *, seed: int, most: int) -> tuple[Path, Path]:
    """Write ``NAME_sSEED_train.csv`` and ``NAME_sSEED_test.csv``, unless they are there.

    The split is that of the comparison of AutoML systems: 30 % of the rows are for the test, the
    newest where rows are ordered, else at random and stratified by class. Rows of classes that
    training does not have are no test rows.
    """
    from sklearn.model_selection import train_test_split

    paths = tuple(folder / f"{entry.name}_s{seed}_{part}.csv" for part in ("train", "test"))
    if all(path.exists() for path in paths):
        return paths[0], paths[1]
    frame = read_rows(entry, seed=seed, most=most)
    y = frame[entry.target]
    if entry.ordered:
        cut = int(len(frame) * (1 - TEST_SHARE))
        train, test = frame.iloc[:cut], frame.iloc[cut:]
    else:
        strata = y if entry.task != "regression" and y.value_counts().min() >= 2 else None
        train, test = train_test_split(
            frame, test_size=TEST_SHARE, random_state=seed, stratify=strata
        )
    if entry.task != "regression":
        test = test[test[entry.target].isin(set(train[entry.target]))]
    train.to_csv(paths[0], index=False)
    test.to_csv(paths[1], index=False)
    return paths[0], paths[1]
