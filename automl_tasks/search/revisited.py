"""Which recorded configurations a search tries before it proposes new ones."""

from __future__ import annotations

from automl_tasks.meta import Knowledge

__all__ = ["revisited"]

_OWN = 20  # of the table's own, the best ones: as many as an ensemble is chosen from


def revisited(knowledge: Knowledge, fingerprint: str, metric: str) -> set[str]:
    """Keys of configurations that were tried on several tables, or did well on this one.

    A search proposes points that suit its own table. Were all of them tried again by later
    searches, of this table or another, these would soon have no time to propose anything new.

    Parameters
    ----------
    fingerprint
        Of the table at hand.
    metric
        By which its earlier results are compared.
    """
    tables = {key: set[str]() for key in knowledge.configurations}
    own: dict[str, float] = {}
    for table in knowledge.tables:
        for key, result in table.results.items():
            tables.setdefault(key, set()).add(table.fingerprint)
            here = (table.fingerprint, table.metric) == (fingerprint, metric)
            if here and result.loss is not None:
                own[key] = result.loss
    best = sorted(own, key=lambda key: (own[key], key))[:_OWN]
    return {key for key, where in tables.items() if len(where) > 1} | set(best)
