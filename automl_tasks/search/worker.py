"""A search worker: fold after fold until the budget or the configurations end."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

from pydantic import BaseModel

from automl_tasks.errors import SearchError
from automl_tasks.search.budget import Clock, part_seconds
from automl_tasks.search.catalogue import Catalogue
from automl_tasks.search.configurations import fallback_configuration
from automl_tasks.search.crew import Crew, Done
from automl_tasks.search.decisions import Begun, Decided, DecisionLog, Ended
from automl_tasks.search.ledger import FoldRecord, Ledger
from automl_tasks.search.plan import Plan, load_plan, run_key
from automl_tasks.search.progress import OnProgress, Progress, score_of
from automl_tasks.search.replayed import Replayed
from automl_tasks.search.schedule import Schedule, Step
from automl_tasks.search.selection import Selector
from automl_tasks.search.surroundings import surroundings
from automl_tasks.store import Store

__all__ = ["SearchSummary", "hire", "no_model", "opening_request", "run_worker"]

# Of a step's aim, and of its limit, after which boosting stops by itself: to predict and to save
# the model takes time too, and at the limit it is killed.
_SOFT, _SOFT_LIMIT = 0.85, 0.7
_LARGEST_RESERVE = 0.5  # of the budget
_LARGEST_OPENING = 0.2  # of the budget: only the first start reads all libraries from the disk
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
    crew: Crew | None = None,
) -> SearchSummary:
    """Run trials of a planned search.

    Several workers share a run: each claims a fold before it starts. A killed worker, called
    again, continues with the time that it had left and repeats no finished fold.

    Parameters
    ----------
    on_progress
        Called with what ``progress.json`` holds, after each fold.
    crew
        Child processes of the caller's, who goes on to use them; default: own ones.

    Raises
    ------
    SearchError
        When every trial failed, with the commonest reasons.
    """
    plan = load_plan(store, name, run)
    with ExitStack() as stack:
        own = crew or stack.enter_context(hire(store, plan, f"worker-{worker}"))
        search = _Search(store, plan, worker, own, on_progress, reopens=crew is None)
        stack.enter_context(search.clock)
        message = search.run()
    return search.summary(message)


def hire(store: Store, plan: Plan, part: str, size: int | None = None) -> Crew:
    """Child processes, by default as many as the plan wants; they start at once."""
    return Crew(
        size or plan.lanes,
        threads=plan.threads,
        memory_gb=plan.memory_gb,
        log=store.path(f"{run_key(plan.problem.name, plan.run)}/logs/{part}.log"),
    )


class _Search:
    """State of one worker."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        worker: int,
        crew: Crew,
        on_progress: OnProgress | None,
        *,
        reopens: bool,
    ) -> None:
        name, key = plan.problem.name, run_key(plan.problem.name, plan.run)
        self.plan, self.worker, self.crew = plan, worker, crew
        self.clock = Clock(store, key, f"worker-{worker}")
        self.ledger = Ledger(store, key)
        self.progress = Progress(store, plan, self.ledger, on_progress)
        self.planned = part_seconds(store, key, "plan")
        self.schedule = _schedule(store, plan, self.ledger, crew.size)
        self.log = DecisionLog(store, key, worker)
        self._opening = opening_request(store, name, plan.run)
        self.reopens = reopens  # whether the ensemble will start children of its own
        self._claims: dict[tuple[str, int], ExitStack] = {}
        self._elsewhere: set[tuple[str, int]] = set()  # folds that other workers were at

    def run(self) -> str:
        """Run what fits, and say in a sentence why it ended."""
        self.progress.report("search")
        self.crew.open(self._opening)
        self.clock.save()
        self.log.write(Begun(surroundings=surroundings()))
        while self._begin() or self.crew.busy:
            for done in self.crew.wait(self.clock.tick):
                self._end(done)
            self.progress.report("search")
        message = self._verdict()
        self.log.write(Ended(elapsed=self.clock.elapsed, left=self.left(), message=message))
        self.progress.report("search", message)
        return message

    def left(self) -> float:
        """Seconds until the search must end, so that refit and assessment keep theirs."""
        plan, good = self.plan, self.ledger.good()
        longest = _LARGEST_OPENING * plan.budget_seconds
        opening = min(self.crew.opening_seconds, longest) if self.reopens else 0.0
        reserve = self.schedule.reserve(good, opening)
        end = plan.search_seconds - min(reserve, _LARGEST_RESERVE * plan.budget_seconds)
        return end - self.planned - self.clock.elapsed

    def summary(self, message: str) -> SearchSummary:
        trials, good = self.ledger.trials(), self.ledger.good()
        best = self.ledger.best()
        return SearchSummary(
            run=self.plan.run,
            worker=self.worker,
            trials=len(trials),
            failed=len(trials) - len(good),
            metric=self.plan.metric,
            best=score_of(self.plan, best),
            best_trial=best.id if best else None,
            seconds=round(self.clock.elapsed, 3),
            message=message,
        )

    def _begin(self) -> bool:
        """Give the free children what nobody else has; False when there is nothing to do."""
        begun = False
        while self.crew.idle and (step := self._claimed(left := self.left())):
            self._ask(step, left)
            begun = True
        return begun

    def _claimed(self, left: float) -> Step | None:
        if left <= self._shortest():
            return None
        for step in self.schedule.steps(left, self._claims.keys() | self._elsewhere):
            if self._claim(step):
                return step
        return None

    def _claim(self, step: Step) -> bool:
        key = (step.configuration.id, step.fold)
        if key in self._claims:
            return False
        with ExitStack() as stack:
            if not stack.enter_context(self.ledger.claim(*key)):
                self._elsewhere.add(key)
                return False
            self._claims[key] = stack.pop_all()
        return True

    def _ask(self, step: Step, left: float) -> None:
        self._note(step, left)
        request = {
            "do": "fold",
            "configuration": step.configuration.model_dump(),
            "fold": step.fold,
            "seconds": min(_SOFT * step.aim, _SOFT_LIMIT * step.limit),
            "repeats": None if step.repeats is None else step.repeats.model_dump(),
        }
        self.crew.begin(step, request, limit=step.limit)

    def _note(self, step: Step, left: float) -> None:
        """Write down what is begun, and why."""
        self.log.write(
            Decided(
                elapsed=self.clock.elapsed,
                left=left,
                trial=step.configuration.id,
                fold=step.fold,
                family=step.configuration.family,
                why=step.why,
                expected=step.expected,
                gain=step.gain,
                aim=step.aim,
                limit=step.limit,
            )
        )

    def _end(self, done: Done) -> None:
        step: Step = done.job
        if done.failure is not None:
            self._record_failure(step, done)
        self._claims.pop((step.configuration.id, step.fold)).close()
        self.clock.save()

    def _record_failure(self, step: Step, done: Done) -> None:
        failure = done.failure
        if failure is None or self.ledger.finished(step.configuration.id, step.fold):
            return  # it died between recording and answering
        self.ledger.record(
            FoldRecord(
                configuration=step.configuration,
                fold=step.fold,
                status=failure.status,
                reason=failure.reason,
                seconds=round(done.seconds, 3),
                finished_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            )
        )

    def _shortest(self) -> float:
        """With less than this left, no fold is begun."""
        return 0.3 if self.ledger.good() else 0.1 * self.plan.budget_seconds

    def _verdict(self) -> str:
        if not self.ledger.good():
            return self._fallback()
        if ended := self.schedule.ended():
            return ended
        if self.left() > self._shortest() and any(self.schedule.steps(self.left(), ())):
            return "other workers hold what is left"
        return "the budget is used"

    def _fallback(self) -> str:
        """The fast linear model on few rows, even past the budget: an answer is worth more."""
        configuration = fallback_configuration(self.plan.configurations)
        for fold in range(configuration.folds):
            step = Step(configuration, fold, _GRACE_SECONDS, _GRACE_SECONDS, "fallback")
            if self._claim(step):
                self._ask(step, self.left())
                for done in self.crew.wait(self.clock.tick):
                    self._end(done)
        if not self.ledger.good():
            raise no_model(self.plan, self.ledger)
        return (
            f"the budget of {self.plan.budget_seconds:.0f} s was too small for a full trial: "
            f"{configuration.family} was fitted on at most {configuration.rows:,} rows"
        )


def _schedule(store: Store, plan: Plan, ledger: Ledger, lanes: int) -> Schedule | Replayed:
    """Where the steps come from: own decisions, or those of the run that is replayed."""
    if plan.replays is not None:
        return Replayed(store, plan, ledger)
    return Schedule(plan, ledger, Selector(store, plan, ledger), Catalogue(store, plan), lanes)


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
