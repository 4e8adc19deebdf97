"""Outcomes as tables and pictures."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

import numpy as np

from .learner import Learner
from .policies import At, Never, Payoffs
from .run import Outcome, metric_of, serve
from .stationary import Alarms, Found

__all__ = ["page", "studies", "timeline"]

_COLOURS = {"never": "#64748b", "always": "#16a34a", "ours": "#c2410c"}
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 860, 320, 60, 40


def page(outcomes: Sequence[Outcome]) -> str:
    """A table per stream and label delay."""
    lines = [
        "# When to retrain",
        "",
        f"`benchmarks/monitoring.py`, {datetime.now(UTC):%Y-%m-%d}, Python "
        f"{platform.python_version()}. Of all rows that were served: ROC AUC where the task is "
        "binary, RMSE for a regression, log loss for more classes. Calendar and chance retrain as "
        "often as ours (mean of five, ± their standard deviation). Share: of what always "
        "retraining gains over never. Seconds: CPU of training, for ours with the models that only "
        "decide.",
    ]
    for stream in dict.fromkeys(each.stream for each in outcomes):
        lines += [
            "",
            f"## {stream}",
            "",
            "| delay | policy | metric | retrains | share of the gain | seconds |",
            "|---|---|---|---|---|---|",
            *(_row(each) for each in outcomes if each.stream == stream),
        ]
    return "\n".join([*lines, ""])


def _row(each: Outcome) -> str:
    spread = f" ± {each.spread:.2g}" if each.spread else ""
    share = "" if each.gain_share is None else f"{100 * each.gain_share:.0f} %"
    metric = f"{each.metric:.4g}{spread}"
    name = f"**{each.policy}**" if each.policy == "ours" else each.policy
    retrains = f"{each.retrains:.0f}"
    return f"| {each.delay} | {name} | {metric} | {retrains} | {share} | {each.seconds:.0f} |"


def studies(alarms: Sequence[Alarms], found: Sequence[Found]) -> str:
    """False alarms with Clopper and Pearson's intervals, and delays.

    Strictly each retrain is one where nothing changes; by use one that brings no better model.
    Beside them how often the loss is said to have risen.
    """
    lines = [
        "| nothing changes | checks | retrains | in 100 checks (95 %) "
        "| without a better model | in 100 checks (95 %) | risen loss | in 100 checks (95 %) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_alarm_row(each) for each in (*alarms, Alarms.of("**all**", alarms))]
    lines.append("")
    for change in dict.fromkeys(each.change for each in found):
        these = [each for each in found if each.change == change]
        lost = statistics.mean(each.loss for each in these)
        lines.append(
            f"- {change}: {len(these)} streams, AUC lost {lost:.3f} on average; within ten windows "
            f"the loss is said to have risen {_answers(each.told for each in these)}, "
            f"and a retrain follows {_answers(each.delay for each in these)}"
        )
    return "\n".join([*lines, ""])


def _answers(delays: Iterable[int | None]) -> str:
    known = [each for each in delays if each is not None]
    return f"{len(known)} times" + (
        f" (median after {statistics.median(known):g} of them)" if known else ""
    )


def _alarm_row(each: Alarms) -> str:
    cells = [
        f"{events} | {_rate(events, each.checks)}"
        for events in (each.retrains, each.false, each.risen)
    ]
    return f"| {each.kind} | {each.checks} | {' | '.join(cells)} |"


def _rate(events: int, trials: int) -> str:
    low, high = _interval(events, trials)
    return f"{100 * events / max(trials, 1):.1f} ({low:.1f} to {high:.1f})"


def _interval(events: int, trials: int) -> tuple[float, float]:
    """Clopper and Pearson's interval, in percent."""
    from scipy.stats import beta

    low = beta.ppf(0.025, events, trials - events + 1) if events else 0.0
    high = beta.ppf(0.975, events + 1, trials - events) if events < trials else 1.0
    return 100 * float(low), 100 * float(high)


def timeline(learner: Learner, delay: int) -> str:
    """An SVG of the metric by window, with ours' retrains marked."""
    stream = learner.stream
    windows = list(range(stream.first, stream.count))
    everywhere = At(range(stream.first + 1 + delay, stream.count))
    policies = {"never": Never(), "always": everywhere, "ours": Payoffs(learner)}
    curves, marks = {}, []
    for name, policy in policies.items():
        served, trained = serve(learner, policy, delay)
        curves[name] = _smooth(
            [_window_metric(learner, m, w) for m, w in zip(served, windows, strict=True)]
        )
        if name == "ours":
            marks = [model + 1 + delay for _, model in trained[1:]]
    values = np.concatenate([np.array(each)[~np.isnan(each)] for each in curves.values()])
    low, high = float(values.min()), float(values.max())

    def x(window: float) -> float:
        return _LEFT + (window - windows[0]) / max(1, len(windows) - 1) * (_WIDTH - _LEFT - 90)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - low) / ((high - low) or 1) * (_HEIGHT - _BOTTOM - 40)

    parts = [
        f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{_HEIGHT - _BOTTOM}" '
        f'y2="{_HEIGHT - _BOTTOM + 8}" stroke="{_COLOURS["ours"]}" stroke-width="2"/>'
        for at in marks
    ]
    for name, curve in curves.items():
        points = " ".join(
            f"{x(w):.1f},{y(v):.1f}" for w, v in zip(windows, curve, strict=True) if v == v
        )
        colour = _COLOURS[name]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
    for at, (name, colour) in enumerate(_COLOURS.items()):
        parts.append(f'<text x="{_WIDTH - 80}" y="{60 + 18 * at}" fill="{colour}">{name}</text>')
    for value in (low, high):
        parts.append(f'<text x="6" y="{y(value) + 4:.1f}">{value:.3g}</text>')
    title = escape(f"{stream.name}: metric by window (mean of five), retrains of ours below")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n<title>{title}</title>\n'
        '<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="16" y="22" font-weight="bold">{title}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _window_metric(learner: Learner, model: int, window: int) -> float:
    stream = learner.stream
    y, said = stream.y[stream.of(window)], learner.predict(("all", model), window)
    if stream.classes == 2 and len(np.unique(y)) < 2:
        return float("nan")
    return metric_of(stream, y, said)


def _smooth(values: Sequence[float]) -> list[float]:
    """Means of five windows; one window's metric is mostly noise."""
    array = np.array(values)
    return [
        float(np.nanmean(part)) if not np.isnan(part).all() else float("nan")
        for part in (array[max(0, at - 2) : at + 3] for at in range(len(array)))
    ]
