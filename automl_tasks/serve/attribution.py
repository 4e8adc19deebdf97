"""Why a prediction is what it is: what each raw column adds to it, for any kind of model.

An ensemble averages boosters, nets and neighbours over engineered columns, so no native SHAP of a
member adds up to the answer or speaks of the columns that people send. Here the whole model is
asked, by replacing raw columns of a background row, one after the other, by those of the row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl_tasks.serve.background import read_columns
from automl_tasks.serve.errors import BadInput

if TYPE_CHECKING:
    from automl_tasks.serve.model import Model

__all__ = ["Attribution", "attribute", "reasons", "shapley_values", "usual_permutations"]

Array = np.ndarray[Any, Any]
Columns = dict[str, Array]
Predict = Callable[[pd.DataFrame], Array]

_ASKED = 1_024  # rows that are predicted to explain one, where the columns are not too many
_MOST, _FEWEST = 32, 2  # pairs of permutations
_BATCH_CELLS = 1_000_000
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True)
class Attribution:
    """Shapley values: ``base + contributions.sum(axis=1)`` is the model's answer.

    Attributes
    ----------
    columns
        The d raw columns that the model reads.
    base : (k,) array
        Mean answer for the background: k probabilities, or one value for regression.
    contributions : (n, d, k) array
        What each column adds to the base, in the answer's own unit.
    """

    columns: list[str]
    base: Array
    contributions: Array

    @property
    def answers(self) -> Array:
        """(n, k) answers that are explained."""
        return np.asarray(self.base + self.contributions.sum(axis=1))


def attribute(
    model: Model, frame: pd.DataFrame, *, permutations: int | None = None, seed: int = 0
) -> Attribution:
    """Explain the answers of a package's model.

    Parameters
    ----------
    frame : DataFrame of shape (n, any)
        Rows from `select_columns`, as `Model.predict_raw` gets them.
    permutations
        Pairs of permutations for each row, a power of two up to 32: the more, the less noise;
        default: `usual_permutations`.

    Raises
    ------
    BadInput
        When the package has no background, since it was written before packages had one.
    """
    if model.background is None:
        raise BadInput(
            "'explain' needs a background, which this package was written without. Leave 'explain' "
            "out, or register the model again from its run"
        )
    kinds = {each.name: each.kind for each in model.columns}
    return shapley_values(
        model.predict_raw,
        read_columns(frame, kinds),
        read_columns(model.background, kinds),
        permutations=permutations,
        seed=seed,
    )


def reasons(attribution: Attribution, codes: Array | None, most: int) -> list[str]:
    """The largest contributions to each answer, as JSON text ``[[column, contribution], …]``.

    Parameters
    ----------
    codes : (n,) array of int
        The predicted class of each row; None: regression.
    most
        Columns that are told of each row.
    """
    n = len(attribution.contributions)
    chosen = np.zeros(n, dtype=np.int64) if codes is None else codes
    own = attribution.contributions[np.arange(n), :, chosen]
    largest = np.argsort(-np.abs(own), axis=1, kind="stable")[:, :most]
    return [
        json.dumps([[attribution.columns[each], _short(row[each])] for each in order])
        for row, order in zip(own, largest, strict=True)
    ]


def usual_permutations(columns: int) -> int:
    """Pairs of permutations that explain a row with about a thousand predictions."""
    wanted = max(1, _ASKED // (2 * max(1, columns)))
    return int(min(max(1 << (wanted.bit_length() - 1), _FEWEST), _MOST))


def shapley_values(
    predict: Predict,
    rows: Columns,
    background: Columns,
    *,
    permutations: int | None = None,
    seed: int = 0,
) -> Attribution:
    """Shapley values of raw columns by antithetic permutation sampling.

    Each pair of permutations starts from a background row of its own, which is turned into the
    row column by column, in one order and in the reverse one; a column's value is the mean change
    of the answer at its turn. The changes add up to the answer exactly, and the pair has no error
    where columns interact by twos. All rows share permutations and background, so a row's values
    do not depend on the others.

    Parameters
    ----------
    predict
        (n,) values or (n, k) probabilities of a frame with these columns.
    rows, background
        Column name to (n,), and (b,), values from `read_columns`; of the background as many rows
        are used as there are pairs.

    References
    ----------
    Mitchell, Cooper, Frank, Holmes (2022): Sampling permutations for Shapley value estimation.
    """
    names = list(rows)
    pairs = min(permutations or usual_permutations(len(names)), len(background[names[0]]))
    background = {name: background[name][:pairs] for name in names}
    walk = _Walk(predict, rows, background, np.random.default_rng(seed))
    n = len(rows[names[0]])
    values = np.empty((n, len(names), len(walk.base)))
    for block in walk.blocks(n):
        values[block] = walk.values_of(np.arange(block.start, block.stop))
    return Attribution(names, walk.base, values)


class _Walk:
    """The paths from the background to the rows.

    In the arrays below, r counts rows of a block, m pairs, s the two directions and t turns.
    """

    def __init__(
        self, predict: Predict, rows: Columns, background: Columns, random: np.random.Generator
    ) -> None:
        self._predict, self._rows = predict, len(next(iter(rows.values())))
        self._columns = {name: np.append(rows[name], background[name]) for name in rows}
        d, pairs = len(rows), len(next(iter(background.values())))
        forth = np.array([random.permutation(d) for _ in range(pairs)])
        self._orders = np.stack([forth, forth[:, ::-1]], axis=1)  # (m, s, t)
        self._turns = np.argsort(self._orders, axis=2)  # (m, s, d)
        self._levels = np.stack(
            [pd.factorize(each)[0] for each in self._columns.values()], axis=1
        )  # equal values, missing ones too, have equal numbers
        every = np.arange(self._rows + pairs)
        self._ends = self._asked([values[every] for values in self._columns.values()])
        self._starts = self._ends[self._rows :]
        self.base = self._starts.mean(axis=0)

    def blocks(self, n: int) -> Iterator[slice]:
        """Slices of rows whose paths fit into memory."""
        size = max(1, _BLOCK_CELLS // (self._orders.size * len(self.base)))
        return (slice(start, min(start + size, n)) for start in range(0, n, size))

    def values_of(self, block: Array) -> Array:
        """(r, d, k) Shapley values of rows."""
        changes = self._changes(block)
        total = np.zeros((len(block), *self._orders.shape[::2], len(self.base)))  # (r, m, d, k)
        for way in range(2):
            at = self._turns[None, :, way, :, None]
            total += np.take_along_axis(changes[:, :, way], at, axis=2)
        return np.asarray(total.mean(axis=1) / 2)

    def _changes(self, block: Array) -> Array:
        """(r, m, s, t, k) change of the answer at each turn."""
        own, other = self._levels[block], self._levels[self._rows :]
        differs = own[:, None] != other[None]  # (r, m, d)
        moved = np.take_along_axis(differs[:, :, None], self._orders[None], axis=3)
        count = moved.cumsum(axis=3)
        r, m, s, t = moved.nonzero()
        # The last turn that moves anything arrives at the row itself, whose answer is known.
        arrived = count[r, m, s, t] == count[r, m, s, -1]
        answers = np.empty((len(r), len(self.base)))
        answers[arrived] = self._ends[block[r[arrived]]]
        on_way = np.flatnonzero(~arrived)
        answers[on_way] = self._on_way(block[r[on_way]], m[on_way], s[on_way], t[on_way])
        before = np.roll(answers, 1, axis=0)
        first = count[r, m, s, t] == 1
        before[first] = self._starts[m[first]]
        changes = np.zeros((*moved.shape, len(self.base)))
        changes[r, m, s, t] = answers - before
        return changes

    def _on_way(self, row: Array, m: Array, s: Array, t: Array) -> Array:
        """(states, k) answers after turn t of rows on their ways from background m."""
        answers = np.empty((len(row), len(self.base)))
        size = max(1_000, _BATCH_CELLS // len(self._columns))
        for start in range(0, len(row), size):
            part = slice(start, start + size)
            turned = self._turns[m[part], s[part]] <= t[part, None]
            places = np.where(turned, row[part, None], self._rows + m[part, None])
            answers[part] = self._asked(
                [values[places[:, number]] for number, values in enumerate(self._columns.values())]
            )
        return answers

    def _asked(self, values: list[Array]) -> Array:
        frame = pd.DataFrame(dict(zip(self._columns, values, strict=True)), copy=False)
        answer = np.asarray(self._predict(frame), dtype=np.float64)
        return answer.reshape(len(frame), -1)


def _short(value: float) -> float:
    """Six digits are more than a reason has."""
    return float(f"{value:.6g}")
