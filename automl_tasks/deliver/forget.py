"""Start over: the registered versions stay, their places as champion and challenger go."""

from __future__ import annotations

from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import CHALLENGER, CHAMPION, PREVIOUS, find_version

__all__ = ["forget_champion"]


def forget_champion(name: str) -> None:
    """Take all aliases off a problem's versions; fine when there are none.

    Raises
    ------
    RegistryUnreachable
        When MLflow does not answer.
    """
    with registry() as client:
        for alias in (CHAMPION, PREVIOUS, CHALLENGER):
            if find_version(client, name, alias) is not None:
                client.delete_registered_model_alias(name, alias)
