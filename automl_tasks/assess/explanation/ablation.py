"""Why this ensemble won: what its loss would be without a model, a family, or a kind of feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.explanation.estimates import Estimate
from automl_tasks.assess.explanation.feature_kinds import made_features, select_kinds, shuffled
from automl_tasks.assess.explanation.permutation import rise_of_loss
from automl_tasks.assess.explanation.subject import Subject
from automl_tasks.assess.explanation.timebox import Pace, Timebox

if TYPE_CHECKING:
    from automl_tasks.search.member import SavedMember

__all__ = ["Ablation", "Without", "ablate"]

_ROWS, _FEWEST_ROWS = 3_000, 100
_PASSES = 8

Array = NDArray[Any]


class Without(BaseModel):
    """What the ensemble lacks, and by how much its loss rises then (falls, if below 0).

    Attributes
    ----------
    what
        A trial, a family, or a kind of features.
    weight
        Of the trial or the family in the ensemble; None for features.
    alone
        Loss of the trial or the family without all others; None for features.
    rise
        None where there is nothing else, or the rows do not determine the loss.
    """

    what: str
    weight: float | None
    alone: float | None
    rise: Estimate | None


class Ablation(BaseModel):
    """Losses on the same holdout rows; the other weights are rescaled, nothing is trained anew.

    Attributes
    ----------
    loss
        Of the whole ensemble.
    trials, families
        Those of the largest weight first.
    features
        The engineered features of one kind shuffled over the rows, all at once; those that the
        loss needs most first.
    """

    rows: int
    loss: float | None
    trials: list[Without]
    families: list[Without]
    features: list[Without]


def ablate(subject: Subject, box: Timebox, pace: Pace) -> Ablation:
    """Leave out one part of the ensemble after the other."""
    # Every kind of features costs another prediction by all members, each by itself.
    affordable = pace.rows(box.left / _PASSES, calls=2)
    rows = min(subject.rows, int(np.clip(affordable, _FEWEST_ROWS, _ROWS)))
    frame = pd.DataFrame(subject.first(rows), copy=False)
    bench = _Bench(subject, frame, rows)
    members = subject.candidate.members
    return Ablation(
        rows=rows,
        loss=bench.loss(subject.answers[:rows]),
        trials=bench.each([member.trial for member in members]),
        families=bench.each([member.family for member in members]),
        features=bench.features(box),
    )


@dataclass(frozen=True)
class _Group:
    """Members that share their preprocessing, with their weights."""

    members: list[SavedMember]
    weights: list[float]
    at: list[int]


class _Bench:
    """Predictions of the single members for the holdout's first rows."""

    def __init__(self, subject: Subject, frame: pd.DataFrame, rows: int) -> None:
        self._subject, self._frame, self._rows = subject, frame, rows
        self._weights = np.array([member.weight for member in subject.candidate.members])
        self._groups = _groups(subject)
        self._kinds = set[str]()
        self._single: list[Array] = [np.empty(0)] * len(self._weights)
        for group in self._groups:
            features, kinds = made_features(group.members[0].steps, frame)
            self._kinds |= set(kinds.values())
            for at, prediction in zip(group.at, _predictions(group, features), strict=True):
                self._single[at] = prediction

    def loss(self, answers: Array) -> float | None:
        """None where these rows do not determine it."""
        value = self._subject.loss(answers, slice(self._rows))
        return None if np.isnan(value) else value

    def each(self, names: Sequence[str]) -> list[Without]:
        """What the ensemble is without the members of each name, and these without the others."""
        owners = np.array(names)
        weights = {name: float(self._weights[owners == name].sum()) for name in owners}
        return [
            Without(
                what=str(name),
                weight=weights[name],
                alone=self.loss(self._mixed(owners == name)),
                rise=self._rise(self._mixed(owners != name)) if (owners != name).any() else None,
            )
            for name in sorted(weights, key=lambda name: -weights[name])
        ]

    def features(self, box: Timebox) -> list[Without]:
        """What the ensemble is when the features of a kind say nothing of their row."""
        order = np.random.default_rng(self._subject.plan.problem.seed).permutation(self._rows)
        found, own = [], box.share(1.0)
        for done, kind in enumerate(sorted(self._kinds)):
            if not own.fits(done):
                break
            total: Any = 0.0
            for group in self._groups:
                features, kinds = made_features(group.members[0].steps, self._frame)
                moved = shuffled(features, select_kinds(kinds, kind), order)
                for weight, prediction in zip(
                    group.weights, _predictions(group, moved), strict=True
                ):
                    total = total + weight * prediction
            rise = self._rise(self._answers(total))
            found.append(Without(what=kind, weight=None, alone=None, rise=rise))
        return sorted(found, key=lambda each: -(each.rise.value if each.rise else 0.0))

    def _mixed(self, kept: Array) -> Array:
        weights = np.where(kept, self._weights, 0.0)
        total = sum(
            weight * each
            for weight, each in zip(weights / weights.sum(), self._single, strict=True)
        )
        return self._answers(np.asarray(total))

    def _answers(self, total: Array) -> Array:
        return self._subject.model.finished(total).reshape(self._rows, -1)

    def _rise(self, answers: Array) -> Estimate | None:
        return rise_of_loss(self._subject, [answers], self._rows)


def _groups(subject: Subject) -> list[_Group]:
    groups = list[_Group]()
    weights = [member.weight for member in subject.candidate.members]
    for at, (saved, weight) in enumerate(zip(subject.model.members, weights, strict=True)):
        own = next((each for each in groups if each.members[0].steps == saved.steps), None)
        if own is None:
            groups.append(own := _Group([], [], []))
        own.members.append(saved)
        own.weights.append(weight)
        own.at.append(at)
    return groups


def _predictions(group: _Group, features: dict[str, Array]) -> Iterator[Array]:
    from automl_tasks.serve.predictors import Features

    shared = Features(features)
    return (saved.predictor.predict(shared) for saved in group.members)
