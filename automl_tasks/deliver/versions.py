"""Versions of a registered model, by number or alias, and the champion among them."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from automl_tasks.deliver.registry import pyfunc, registry
from automl_tasks.deliver.seal import configured_store, stranger
from automl_tasks.errors import DataError, PackageError
from automl_tasks.serve.fetch import RUN_TAG, SEAL_TAG

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "PROMOTED_TAG",
    "RUN_TAG",
    "SEAL_TAG",
    "SNAPSHOT_TAG",
    "ChampionInfo",
    "LoadedModel",
    "champion",
    "find_version",
    "load_champion",
    "load_version",
    "verified",
]

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous_champion"
SNAPSHOT_TAG = "nightshift.snapshot"
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
    seal
        SHA-256 that stands for all files of the logged model; None in versions of old.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    problem: str
    version: int
    run: str
    snapshot: str
    model_uri: str
    promoted_at: str | None = None
    seal: str | None = None


class LoadedModel:
    """A version as its consumers load it: MLflow's pyfunc with its schema check.

    Parameters
    ----------
    folder
        The verified copy that it was loaded from. Steps of an owner import their code from it, so
        it goes when the model does.
    """

    def __init__(self, model: Any, uri: str, folder: Path) -> None:
        self._pyfunc, self.uri = model, uri
        weakref.finalize(self, _remove, folder)

    def predict(self, rows: pd.DataFrame, **params: Any) -> pd.DataFrame:
        """Predict raw rows; ``prediction`` and, for classes, ``probability_<class>``.

        Parameters
        ----------
        params
            The keywords of `automl_tasks.serve.Model.predict`: output, interval, explain,
            threshold.

        Raises
        ------
        DataError
            Naming the column that the model needs and the rows lack, or a parameter that is not
            as it must be.
        """
        from mlflow.exceptions import MlflowException

        from automl_tasks.serve import BadInput

        if not hasattr(rows, "columns"):
            raise DataError(
                f"rows are a DataFrame, not a {type(rows).__name__}",
                where=self.uri,
                remedy="pandas.DataFrame(rows) with the names of the columns",
            )
        known = self._pyfunc.metadata.get_input_schema().input_names()
        # MLflow warns about each further column on every call.
        read = rows[[name for name in known if name in rows]]
        if not read.columns.is_unique:  # which MLflow tells as a wrong number of rows
            twice = read.columns[read.columns.duplicated()][0]
            raise DataError(f"column {twice!r} occurs more than once", where=self.uri)
        try:
            self._check(params)
            answer: pd.DataFrame = self._pyfunc.predict(read, params=params)
        except BadInput as error:
            raise DataError(str(error), where=self.uri) from error
        except MlflowException as error:
            reason = str(error).rpartition("Error: ")[2]
            raise DataError(f"the rows do not fit the model ({reason})", where=self.uri) from error
        return answer

    def _check(self, params: dict[str, Any]) -> None:
        """MLflow drops parameters that it does not know, with a warning that nobody reads."""
        from automl_tasks.serve.answer import question_of

        if not params:
            return
        if self._pyfunc.metadata.get_params_schema() is None:
            raise DataError(
                "this version was packaged before predictions had parameters",
                where=self.uri,
                remedy="Register the model again from its run",
            )
        outputs = self._pyfunc.metadata.get_output_schema().input_names()
        question_of(params, [name for name in outputs if name.startswith("probability_")])


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
    found = _registered(client, name, which)
    return None if found is None else _info(found)


def _registered(client: MlflowClient, name: str, which: int | str) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    try:
        if isinstance(which, int):
            return client.get_model_version(name, str(which))
        return client.get_model_version_by_alias(name, which)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise


def _info(found: ModelVersion) -> ChampionInfo:
    if RUN_TAG not in found.tags:
        raise PackageError(
            f"version {found.version} was not registered by Nightshift",
            where=f"registered model {found.name!r}",
            remedy=f"Move the alias to a version with the tag {RUN_TAG!r}",
        )
    return ChampionInfo(
        problem=found.name,
        version=int(found.version),
        run=found.tags[RUN_TAG],
        snapshot=found.tags[SNAPSHOT_TAG],
        model_uri=f"models:/{found.name}/{found.version}",
        promoted_at=found.tags.get(PROMOTED_TAG),
        seal=found.tags.get(SEAL_TAG),
    )


def load_version(uri: str) -> LoadedModel:
    """Load ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``; use it inside a `registry` block.

    All files are copied to a folder of our own and verified there before MLflow parses any.

    Raises
    ------
    PackageError
        When the model is altered, incomplete, gone, or not signed and a key is configured.
    """
    from mlflow.exceptions import MlflowException

    from automl_tasks.serve import BadPackage

    folder = Path(tempfile.mkdtemp(prefix="nightshift-model-"))
    try:
        return LoadedModel(pyfunc().load_model(str(verified(uri, folder))), uri, folder)
    except BadPackage as error:
        _remove(folder)
        # A copy that is gone is no place to look.
        raise PackageError(str(error).replace(f"{folder}: ", ""), where=uri) from error
    except (OSError, MlflowException) as error:
        _remove(folder)
        if isinstance(error, MlflowException) and error.error_code not in _ABSENT:
            raise
        raise PackageError(
            f"the model's files cannot be read ({error})",
            where=uri,
            remedy="Roll back to another version, or search again",
        ) from error


def verified(uri: str, folder: Path) -> Path:
    """Copy a version's files below `folder` and verify them; returns the model's folder.

    Raises
    ------
    BadPackage
        When they are altered, or not signed and a key is configured.
    """
    from mlflow import MlflowClient

    from automl_tasks.serve import BadPackage
    from automl_tasks.serve.fetch import find, verify_version

    found = find(MlflowClient(), uri)
    store = configured_store()
    trouble = stranger(store, _info(found)) if store else None
    if trouble:
        raise BadPackage(trouble)
    return verify_version(found, folder)


def _remove(folder: Path) -> None:
    """A verified copy, and what MLflow put into Python's search path for it."""
    sys.path[:] = [entry for entry in sys.path if not entry.startswith(str(folder))]
    shutil.rmtree(folder, ignore_errors=True)
