"""Quick models of one kind, trained on chosen rows in a child process."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.maturity import told_columns
from automl_tasks.monitor.parquet import as_parquet
from automl_tasks.monitor.samples import target_codec, with_known_label
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.search.lean import free_memory
from automl_tasks.search.ordering import oldest_first

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from automl_tasks.search import Plan
    from automl_tasks.search.process import ModelProcess
    from automl_tasks.store import Store

__all__ = [
    "ChampionShadow",
    "KnownRows",
    "ShadowFailure",
    "champion_importance",
    "champion_shadow",
    "keep_models",
    "known_labels",
    "shadow_process",
    "train_shadows",
]

_IDS = "ids.parquet"
_MOST_TRAINED = 50_000
_SECONDS, _WAIT = 600.0, 0.02


class ShadowFailure(Exception):
    """The quick models could not be trained; what they would have told is unknown."""


@dataclass(frozen=True)
class KnownRows:
    """Rows of a snapshot whose label may be learned from.

    Attributes
    ----------
    stored
        All rows of the snapshot.
    ids
        (rows,) of the snapshot.
    y, weight
        (rows,) encoded labels, 0 where there is none, and weights; None: all alike.
    usable
        Positions of the rows with a label, each id once, the oldest first.
    """

    stored: StoredRows
    ids: NDArray[Any]
    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    usable: NDArray[np.int64]

    def only(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Positions of the usable rows of these ids, in the order of the ids."""
        import pandas as pd

        place = pd.Series(self.usable, index=self.ids[self.usable])
        return np.asarray(place.reindex(list(ids)).dropna(), dtype=np.int64)


def known_labels(stored: StoredRows, ids: pd.Series, plan: Plan, until: Any = None) -> KnownRows:
    """Rows with a label that the champion knows and that has matured.

    Parameters
    ----------
    until
        Time after which labels have not matured; None: labels need no time.
    """
    from automl_tasks.search.weights import stated_weights

    problem = plan.problem
    frame = stored.columns(told_columns(problem))
    usable = with_known_label(frame[problem.target], plan) & ~ids.duplicated(keep="last")
    if until is not None and problem.time is not None:
        usable &= frame[problem.time] <= until
    order = oldest_first(frame, problem)
    positions = order[usable.to_numpy()[order]]
    codes = target_codec(plan).encode(frame[problem.target].iloc[positions])
    y = np.zeros(len(frame), dtype=codes.dtype)
    y[positions] = codes
    return KnownRows(stored, ids.to_numpy(), y, stated_weights(frame, problem), positions)


@contextmanager
def shadow_process(store: Store, plan: Plan) -> Iterator[ModelProcess]:
    """A child for all quick models of a check, which is started when it is first asked."""
    from automl_tasks.search.process import ModelProcess

    log = store.path(f"{plan.problem.name}/staleness/child.log")
    process = ModelProcess(threads=1, memory_gb=plan.memory_gb, log=log)
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def train_shadows(
    store: Store,
    plan: Plan,
    rows: KnownRows,
    process: ModelProcess,
    *,
    sets: Mapping[str, NDArray[np.int64]],
    judged: NDArray[np.int64],
    kept: NDArray[np.int64] | None = None,
    elders: Sequence[str] = (),
    importance: bool = False,
) -> Iterator[tuple[Path, dict[str, NDArray[Any]]]]:
    """Train a model on each set of rows, and let them and their elders predict the judged rows.

    Parameters
    ----------
    process
        From `shadow_process`.
    sets
        Positions by name; of more than 50,000 a sample is learned from. Their models are in the
        folder ``models`` of the folder that is given, as long as the block lasts.
    kept
        Positions that no sample leaves out, as far as there is room for them.
    elders
        Keys of models that were kept.
    importance
        Whether to measure what the first model makes of each column.

    Raises
    ------
    ShadowFailure
        When the child process fails.
    """
    seed = plan.problem.seed
    learned = {name: _sampled(each, kept, seed) for name, each in sets.items()}
    with tempfile.TemporaryDirectory(prefix="nightshift-") as temporary:
        folder = Path(temporary)
        _write(folder, rows, learned, judged, plan)
        free_memory()  # The child needs some beside us.
        request = {
            "do": "shadows",
            "store": str(store.root),
            "name": plan.problem.name,
            "run": plan.run,
            "folder": str(folder),
            "sets": list(sets),
            "elders": [str(store.path(each)) for each in elders],
            "importance": importance,
        }
        _ask(process, request)
        with np.load(folder / "predictions.npz", allow_pickle=False) as arrays:
            said = dict(arrays)
        yield folder, said


@dataclass(frozen=True)
class ChampionShadow:
    """Quick models of the rows that a champion learned from.

    Attributes
    ----------
    models
        Keys of the models, by set: of all rows, and of as many as models are compared with.
    ids
        Of the rows.
    """

    models: dict[str, str]
    ids: set[str]


def champion_shadow(
    store: Store, plan: Plan, version: int, as_many: int | None, process: ModelProcess
) -> ChampionShadow:
    """Train the quick models of a version, once.

    Parameters
    ----------
    as_many
        Newest rows for the second model; None: all of them, for there is only the first.

    Returns
    -------
    ChampionShadow
        Without the models that could not learn two classes.
    """
    import pandas as pd

    name = plan.problem.name
    key = f"{name}/staleness/champions/{version}"
    if not store.exists(key):
        stored = StoredRows(load_snapshot(store, name, plan.snapshot))
        rows = known_labels(stored, stored_ids(stored, plan.problem), plan)
        learned = rows.usable[-(plan.window_rows or len(rows.usable)) :]
        ids = {_IDS: as_parquet(pd.DataFrame({"row_id": rows.ids[learned]}))}
        sets = {"all_rows": learned, "as_many": learned[-(as_many or len(learned)) :]}
        with train_shadows(
            store, plan, rows, process, sets=sets, judged=learned[:1], importance=True
        ) as (folder, _):
            keep_models(store, key, folder, sets, ids)
    models = {each: f"{key}/{each}" for each in store.list(key) if each != _IDS}
    return ChampionShadow(models, set(pd.read_parquet(store.path(f"{key}/{_IDS}"))["row_id"]))


def champion_importance(store: Store, name: str, version: int) -> dict[str, float] | None:
    """What the quick model of a champion's rows makes of each column; None before there is one."""
    key = f"{name}/staleness/champions/{version}/all_rows/importance.json"
    return dict(store.read_json(key)) if store.exists(key) else None


def keep_models(
    store: Store, key: str, folder: Path, models: Iterable[str], files: Mapping[str, bytes]
) -> None:
    """Keep models of a `train_shadows` block, and files beside them, complete or not at all."""
    with store.new_folder(key) as staged:
        for model in models:
            if (folder / "models" / model).is_dir():
                shutil.copytree(folder / "models" / model, staged / model)
        for name, content in files.items():
            (staged / name).write_bytes(content)


def _sampled(
    positions: NDArray[np.int64], kept: NDArray[np.int64] | None, seed: int
) -> NDArray[np.int64]:
    if len(positions) <= _MOST_TRAINED:
        return positions
    rng = np.random.default_rng(seed)
    key = rng.random(len(positions))
    if kept is not None:
        key[np.isin(positions, kept)] -= 1.0
    return positions[np.sort(np.argpartition(key, _MOST_TRAINED)[:_MOST_TRAINED])]


def _write(
    folder: Path,
    rows: KnownRows,
    sets: Mapping[str, NDArray[np.int64]],
    judged: NDArray[np.int64],
    plan: Plan,
) -> None:
    """Write the rows that are needed, each once, and where each set's rows are among them."""
    from automl_tasks.search.labels import Labels

    used = np.unique(np.concatenate([*sets.values(), judged]))
    names = [name for name in rows.stored.names if name != plan.problem.target]
    rows.stored.take(used, names).to_parquet(folder / "rows.parquet", index=False)
    develop = np.unique(np.concatenate(list(sets.values())))
    labels = Labels(
        rows.y[used],
        None if rows.weight is None else rows.weight[used],
        np.searchsorted(used, develop),
        np.searchsorted(used, judged),
    )
    (folder / "labels.npz").write_bytes(labels.to_bytes())
    for name, positions in sets.items():
        np.save(folder / f"{name}.npy", np.searchsorted(used, positions))


def _ask(process: ModelProcess, request: dict[str, Any]) -> None:
    from automl_tasks.search.process import ChildFailure

    try:
        process.start()
        process.begin(request, limit=_SECONDS)
        while process.poll() is None:
            time.sleep(_WAIT)
    except ChildFailure as failure:
        # A library's message may quote a cell, which the note of a decision must not.
        own = failure.status in ("timeout", "memory")
        reason = failure.reason if own else f"failed, see {process.log}"
        raise ShadowFailure(reason) from failure
