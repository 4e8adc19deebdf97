"""Versions of a registered model, by number or alias, and the champion among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.registry import pyfunc, registry
from automl_tasks.errors import DataError, PackageError

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "PROMOTED_TAG",
    "RUN_TAG",
    "SNAPSHOT_TAG",
    "ChampionInfo",
    "LoadedModel",
    "champion",
    "find_version",
    "load_champion",
    "load_version",
]

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous_champion"
RUN_TAG, SNAPSHOT_TAG = "nightshift.run", "nightshift.snapshot"
PROMOTED_TAG = "promoted_at"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")


class ChampionInfo(BaseModel):
    """A registered version and where it came from.

    Attributes
    ----------
    run, snapshot
        Search run that made it, and the snapshot on which it was trained.
    promoted_at
        When it became champion; None when it never did.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    problem: str
    version: int
    run: str
    snapshot: str
    model_uri: str
    promoted_at: str | None = None


class LoadedModel:
    """A version as its consumers load it: MLflow's pyfunc with its schema check."""

    def __init__(self, model: Any, uri: str) -> None:
        self._pyfunc, self.uri = model, uri

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict raw rows; ``prediction`` and, for classes, ``probability_<class>``.

        Raises
        ------
        DataError
            Naming the column that the model needs and the rows lack.
        """
        from mlflow.exceptions import MlflowException

        from automl_tasks.serve import BadInput

        known = self._pyfunc.metadata.get_input_schema().input_names()
        try:
            # MLflow warns about each further column on every call.
            answer: pd.DataFrame = self._pyfunc.predict(rows[[n for n in known if n in rows]])
        except BadInput as error:
            raise DataError(str(error), where=self.uri) from error
        except MlflowException as error:
            reason = str(error).rpartition("Error: ")[2]
            raise DataError(f"the rows do not fit the model ({reason})", where=self.uri) from error
        return answer


def champion(name: str) -> ChampionInfo | None:
    """The champion of a problem, or None when it has none yet.

    Raises
    ------
    RegistryUnreachable
        When MLflow does not answer.
    """
    with registry() as client:
        return find_version(client, name, CHAMPION)


def load_champion(name: str) -> LoadedModel:
    """Load ``models:/NAME@champion`` as a consumer does.

    Raises
    ------
    DataError
        When the problem has no champion.
    PackageError
        When its package is altered or incomplete.
    """
    with registry() as client:
        found = find_version(client, name, CHAMPION)
        if found is None:
            raise DataError(
                f"model {name!r} has no champion",
                where=name,
                remedy="Run search and promote first",
            )
        return load_version(f"models:/{name}@{CHAMPION}")


def find_version(client: MlflowClient, name: str, which: int | str) -> ChampionInfo | None:
    """A version by number or alias; None when there is none.

    Raises
    ------
    PackageError
        When the version was not registered by Nightshift.
    """
    from mlflow.exceptions import MlflowException

    try:
        if isinstance(which, int):
            found = client.get_model_version(name, str(which))
        else:
            found = client.get_model_version_by_alias(name, which)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise
    if RUN_TAG not in found.tags:
        raise PackageError(
            f"version {found.version} was not registered by Nightshift",
            where=f"registered model {name!r}",
            remedy=f"Move the alias to a version with the tag {RUN_TAG!r}",
        )
    return ChampionInfo(
        problem=name,
        version=int(found.version),
        run=found.tags[RUN_TAG],
        snapshot=found.tags[SNAPSHOT_TAG],
        model_uri=f"models:/{name}/{found.version}",
        promoted_at=found.tags.get(PROMOTED_TAG),
    )


def load_version(uri: str) -> LoadedModel:
    """Load a model URI; use it inside a `registry` block.

    Raises
    ------
    PackageError
        When the package is altered, incomplete or gone.
    """
    from mlflow.exceptions import MlflowException

    from automl_tasks.serve import BadPackage

    try:
        return LoadedModel(pyfunc().load_model(uri), uri)
    except BadPackage as error:
        raise PackageError(str(error), where=uri) from error
    except (OSError, MlflowException) as error:
        if isinstance(error, MlflowException) and error.error_code not in _ABSENT:
            raise
        raise PackageError(
            f"the model's files cannot be read ({error})",
            where=uri,
            remedy="Roll back to another version, or search again",
        ) from error
