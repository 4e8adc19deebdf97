"""The whole loop before your eyes: a champion, arriving data, a drift, a better champion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automl_tasks.cli.display import SearchProgress, console, seconds_text, table
from automl_tasks.deliver import Promotion, forget_champion
from automl_tasks.errors import TerminalError
from automl_tasks.local.chain import Chain
from automl_tasks.local.client import AirflowClient
from automl_tasks.local.playback import Playback
from automl_tasks.local.polling import wait_for
from automl_tasks.local.scoreboard import Scoreboard
from automl_tasks.local.services import addresses, start
from automl_tasks.local.state import Services
from automl_tasks.monitor import Decision
from automl_tasks.problem import Problem
from automl_tasks.search.metrics import METRICS
from automl_tasks.settings import Settings, problem_files
from automl_tasks.store import Store, open_store

__all__ = ["Demo"]

_MINUTES = 0.5
_BATCHES_AFTER_RETRAIN = 2
_OLD_TASKS_SECONDS = 300.0


class Demo:
    """Plays one of the known problems as if its rows were arriving.

    Parameters
    ----------
    name
        A known problem.
    settings
        The installation in which it plays; what an earlier demo left there is replaced.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self._begin = time.monotonic()
        known = problem_files(settings)
        path = settings.problem_folders[0] / f"{name}.yaml"
        if not path.exists():
            raise TerminalError(
                f"there is no problem {name!r} to play",
                where=str(settings.problem_folders[0]),
                remedy=f"Known: {', '.join(known)}; for example make demo PROBLEM=bike_sharing",
            )
        self._settings, self._name = settings, name
        self._store = open_store(settings.store_url)
        self._playback = Playback(path, settings.home, _MINUTES)
        self._arrivals: dict[str, str] = {}
        self._judged: list[Promotion] = []
        self._reasons: dict[int, Decision] = {}  # by the version that the search gave

    def play(self) -> Services:
        """Run the demo to its end and leave the services running.

        Raises
        ------
        TerminalError
            When a stage failed; it names the DAG and says why.
        """
        self._refuse_real_work()
        self._say("starting Airflow and MLflow")
        services = start(self._settings, problems=[self._settings.home / "problems"], say=self._say)
        airflow = AirflowClient(services)
        problem = self._reset(airflow)
        logs = self._settings.home / "airflow" / "logs"
        chain = Chain(problem, self._store, airflow, logs)
        chain.wait_for_dags()
        self._first_champion(chain)
        self._play_batches(chain)
        self._report(problem, services)
        return services

    def _refuse_real_work(self) -> None:
        if found := _not_played(self._store, self._name, self._playback.inbox):
            raise TerminalError(
                f"the demo would replace {found}, which no demo made",
                where=str(self._settings.home),
                remedy="Play in another home: "
                f"NIGHTSHIFT_HOME=/tmp/nightshift make demo PROBLEM={self._name}",
            )

    def _reset(self, airflow: AirflowClient) -> Problem:
        found = [each["dag_id"] for each in airflow.dags()]
        own = [dag for dag in found if dag.startswith(f"{self._name}.")]
        # Airflow goes on with what an interrupted demo left; a version that is registered now
        # would start a promotion of what is about to be deleted.
        with _at_rest(airflow, own):
            for dag in own:
                airflow.forget_runs(dag)
            self._store.delete(self._name)
            forget_champion(self._name)
            return self._playback.start()

    def _first_champion(self, chain: Chain) -> None:
        before = chain.known_runs()
        snapshot = self._prepare(chain, self._playback.batches[0].name)
        self._say(f"snapshot {snapshot} passed validation; its arrival starts the first search")
        self._search_and_promote(chain, before)

    def _play_batches(self, chain: Chain) -> None:
        left = len(self._playback.batches)
        while left and (batch := self._playback.deliver_next()):
            before = chain.known_runs()
            snapshot = self._prepare(chain, batch.name)
            self._arrivals[snapshot] = batch.name
            decision = chain.wait_for_decision(snapshot)
            self._say(f"monitor: {decision.status}. {decision.sentence}")
            left -= 1
            if decision.retrain:
                promotion = self._search_and_promote(chain, before)
                self._reasons[promotion.version] = decision
                if promotion.verdict == "promote":
                    left = min(left, _BATCHES_AFTER_RETRAIN)

    def _prepare(self, chain: Chain, batch: str) -> str:
        rows = len(self._playback.batches[self._playback.arrived - 1].frame)
        self._say(f"{batch} arrives: {rows:,} rows")
        return chain.prepare()

    def _search_and_promote(self, chain: Chain, before: set[str]) -> Promotion:
        with SearchProgress(console) as progress:
            version = chain.wait_for_search(before, 60 * _MINUTES, progress.update)
        promotion = chain.wait_for_promotion(version)
        self._say(f"version {version}: {promotion.verdict}. {promotion.reason}")
        self._judged.append(promotion)
        return promotion

    def _report(self, problem: Problem, services: Services) -> None:
        if self._judged and self._arrivals:
            console.print()
            for each in self._tables(problem):
                console.print(each)
        self._say(f"done; the champion is model {self._name}, alias champion, in MLflow")
        for line in addresses(services):
            self._say(line)

    def _tables(self, problem: Problem) -> list[Any]:
        first = self._judged[0]  # without a champion every challenger is promoted
        board = Scoreboard(
            problem,
            self._store,
            first_version=first.version,
            first_run=first.run,
            snapshot=list(self._arrivals)[-1],
        )
        scores = [board.of(name, [snapshot]) for snapshot, name in self._arrivals.items()]
        scores.append(board.of("all played rows", list(self._arrivals)))
        direction = "higher" if METRICS[board.metric].greater_is_better else "lower"
        compared = table(
            f"{board.metric} on rows as they arrived ({direction} is better)",
            ["batch", "rows", "as served", "never retrained", "naive constant"],
            [
                [
                    s.name,
                    f"{s.rows:,}",
                    *(f"{v:.4g}" for v in (s.served, s.never_retrained, s.naive)),
                ]
                for s in scores
            ],
        )
        versions = table(
            "versions",
            ["version", "why it was trained", "verdict", "reason"],
            [[str(p.version), self._why(p), p.verdict, p.reason] for p in self._judged],
            prose=True,
        )
        return [compared, versions]

    def _why(self, promotion: Promotion) -> str:
        reason = self._reasons.get(promotion.version)
        return "first snapshot" if reason is None else reason.sentence

    def _say(self, text: str) -> None:
        elapsed = seconds_text(time.monotonic() - self._begin)
        console.print(f"[{elapsed}] {text}", markup=False)


@contextmanager
def _at_rest(airflow: AirflowClient, dags: list[str]) -> Iterator[None]:
    """Nothing of these DAGs runs or begins inside the block."""
    try:
        for dag in dags:
            airflow.set_paused(dag, True)
        wait_for(
            lambda: not any(airflow.tasks_under_way(dag) for dag in dags),
            what="the tasks of an earlier demo to end",
            timeout=_OLD_TASKS_SECONDS,
        )
        yield
    finally:
        for dag in dags:
            airflow.set_paused(dag, False)


def _not_played(store: Store, name: str, inbox: Path) -> str | None:
    """Name a run or a snapshot that was not made from the demo's inbox, if there is one."""
    # Where data came from tells it, so there is no list of own runs that a crash could lose.
    for run in store.list(f"{name}/runs"):
        plan = f"{name}/runs/{run}/plan.json"
        if store.exists(plan):
            source = store.read_json(plan)["problem"]["source"]
            if source.get("path") != str(inbox):
                return f"run {run} of {name}"
    for snapshot in store.list(f"{name}/snapshots"):
        manifest = f"{name}/snapshots/{snapshot}/manifest.json"
        if store.exists(manifest) and store.read_json(manifest)["source"] != str(inbox):
            return f"snapshot {snapshot} of {name}"
    return None
