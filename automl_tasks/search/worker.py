"""A search worker: trial after trial until the budget or the configurations end."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from pydantic import BaseModel

from automl_tasks.errors import SearchError
from automl_tasks.search.budget import Clock, part_seconds
from automl_tasks.search.configurations import Configuration, fallback_configuration
from automl_tasks.search.cost import predicted_seconds, refit_reserve
from automl_tasks.search.ledger import Ledger, Trial
from automl_tasks.search.plan import Plan, load_plan, run_key
from automl_tasks.search.process import ChildFailure, ModelProcess
from automl_tasks.search.progress import OnProgress, Progress
from automl_tasks.store import Store

__all__ = ["SearchSummary", "no_model", "opening_request", "run_worker"]

_SHARE = 0.3  # of the time left, that one trial may aim to take
_SOFT = 0.85  # of that aim, after which boosting stops by itself; at twice the aim it is killed
_LARGEST_RESERVE = 0.5  # of the budget
_GRACE_SECONDS = 120.0  # for what an answer needs at all, whatever the budget


class SearchSummary(BaseModel):
    """What the trials of a run have come to, over all workers and attempts."""

    run: str
    worker: int
    trials: int
    failed: int
    metric: str
    best: float | None
    best_trial: str | None
    seconds: float
    message: str


def run_worker(
    store: Store,
    name: str,
    run: str,
    worker: int = 0,
    *,
    on_progress: OnProgress | None = None,
) -> SearchSummary:
    """Run trials of a planned search.

    Several workers share a run: each claims a trial before it starts. A killed worker, called
    again, continues with the time that it had left and repeats no finished trial.

    Parameters
    ----------
    on_progress
        Called with what ``progress.json`` holds, after each trial.

    Raises
    ------
    SearchError
        When every trial failed, with the commonest reasons.
    """
    search = _Search(store, load_plan(store, name, run), worker, on_progress)
    with search.clock, search.child:
        message = search.run()
    return search.summary(message)


class _Search:
    """State of one worker."""

    def __init__(
        self, store: Store, plan: Plan, worker: int, on_progress: OnProgress | None
    ) -> None:
        name, key = plan.problem.name, run_key(plan.problem.name, plan.run)
        self.plan, self.worker = plan, worker
        self.ledger = Ledger(store, key)
        self.progress = Progress(store, plan, self.ledger, on_progress)
        self.clock = Clock(store, key, f"worker-{worker}")
        self.planned = part_seconds(store, key, "plan")
        self.child = ModelProcess(
            opening_request(store, name, plan.run),
            threads=plan.threads,
            memory_gb=plan.memory_gb,
            log=store.path(f"{key}/logs/worker-{worker}.log"),
            on_tick=self.clock.tick,
        )
        self.opening_seconds = 2.0

    def run(self) -> str:
        """Run what fits, and say in a sentence why it ended."""
        self.progress.report("search")
        while self._one_trial():
            self.progress.report("search")
        message = "every configuration was tried"
        if self._affordable():
            message = "other workers hold what is left"
        elif not self.ledger.good():
            message = self._fallback()
        elif self._pending():
            message = "the budget is used"
        self.progress.report("search", message)
        return message

    def left(self) -> float:
        """Seconds until the search must end, so that refit and assessment keep theirs."""
        plan, good = self.plan, self.ledger.good()
        measured = refit_reserve(good, plan.develop_rows, self.opening_seconds)
        end = plan.budget_seconds - min(measured, _LARGEST_RESERVE * plan.budget_seconds)
        return min(end, plan.search_seconds) - self.planned - self.clock.elapsed

    def summary(self, message: str) -> SearchSummary:
        trials, good = self.ledger.trials(), self.ledger.good()
        return SearchSummary(
            run=self.plan.run,
            worker=self.worker,
            trials=len(trials),
            failed=len(trials) - len(good),
            metric=self.plan.metric,
            best=good[0].score if good else None,
            best_trial=good[0].id if good else None,
            seconds=round(self.clock.elapsed, 3),
            message=message,
        )

    def _one_trial(self) -> bool:
        """Run the first trial that fits and that nobody else has; False when there is none."""
        for configuration in self._affordable():
            with self.ledger.claim(configuration.id) as mine:
                if mine:
                    self._try(configuration, self.left())
                    return True
        return False

    def _affordable(self) -> list[Configuration]:
        left, good = self.left(), self.ledger.good()
        if left <= self._shortest():
            return []
        return [each for each in self._pending() if not good or self._predicted(each) <= left]

    def _pending(self) -> list[Configuration]:
        return [each for each in self.plan.configurations if not self.ledger.finished(each.id)]

    def _shortest(self) -> float:
        """With less than this left, no trial is begun."""
        return 0.5 if self.ledger.good() else 0.1 * self.plan.budget_seconds

    def _predicted(self, configuration: Configuration) -> float:
        plan = self.plan
        rows = plan.search_rows or plan.develop_rows
        cells = float(rows * (plan.folds - 1) * len(plan.roles))
        good = self.ledger.good()
        return predicted_seconds(configuration, good, cells=cells, threads=plan.threads)

    def _try(self, configuration: Configuration, left: float) -> None:
        """Run one trial, and record it when the child could not."""
        start = time.monotonic()
        self.child.open(limit=max(left, _GRACE_SECONDS))
        self.opening_seconds = max(self.opening_seconds, time.monotonic() - start)
        left, good = left - (time.monotonic() - start), self.ledger.good()
        if left <= self._shortest():
            return  # the start of the child took what was left
        aim = min(left, max(_SHARE * left, 1.5 * self._predicted(configuration) if good else 0.0))
        start = time.monotonic()
        try:
            self.child.ask(
                {
                    "do": "trial",
                    "configuration": configuration.model_dump(),
                    "seconds": _SOFT * aim,
                },
                limit=min(left, 2 * aim),
            )
        except ChildFailure as failure:
            self._record_failure(configuration, failure, time.monotonic() - start)
        self.clock.save()

    def _record_failure(
        self, configuration: Configuration, failure: ChildFailure, seconds: float
    ) -> None:
        if self.ledger.finished(configuration.id):  # it died between recording and answering
            return
        self.ledger.record(
            Trial(
                id=configuration.id,
                family=configuration.family,
                params=configuration.params,
                status=failure.status,
                reason=failure.reason,
                metric=self.plan.metric,
                seconds=round(seconds, 3),
                finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )

    def _fallback(self) -> str:
        """The fast linear model on few rows, even past the budget: an answer is worth more."""
        configuration = fallback_configuration(self.plan.configurations)
        with self.ledger.claim(configuration.id) as mine:
            if mine:
                self._try(configuration, _GRACE_SECONDS)
        if not self.ledger.good():
            raise no_model(self.plan, self.ledger)
        return (
            f"the budget of {self.plan.budget_seconds:.0f} s was too small for a full trial: "
            f"{configuration.family} was fitted on at most {configuration.rows:,} rows"
        )


def opening_request(store: Store, name: str, run: str) -> dict[str, str]:
    """First request of a child: the table that it shall load."""
    return {"do": "open", "store": str(store.root.resolve()), "name": name, "run": run}


def no_model(plan: Plan, ledger: Ledger) -> SearchError:
    """The error of a run without a single model."""
    reasons = "; ".join(ledger.commonest_reasons())
    return SearchError(
        f"no trial gave a model; commonest of {len(ledger.trials())} failures: {reasons}",
        where=f"{plan.problem.name}, run {plan.run!r}",
        remedy="Correct the data or the steps, or raise the budget's minutes or memory_gb",
    )
