"""Detectors by the name that a problem file gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from automl_tasks.errors import ProblemError
from automl_tasks.monitor.detectors._base import Detector
from automl_tasks.monitor.detectors.adwin import Adwin
from automl_tasks.monitor.detectors.calendar import Calendar
from automl_tasks.monitor.detectors.n_of_m import NOfM
from automl_tasks.monitor.detectors.page_hinkley import PageHinkley
from automl_tasks.monitor.detectors.sequential import Sequential
from automl_tasks.nearest import nearest

__all__ = ["DETECTORS", "make_detector"]

_Class = type[Sequential] | type[PageHinkley] | type[Adwin] | type[NOfM] | type[Calendar]

# The default one first. A class's fields are the parameters, with their types and defaults.
DETECTORS: dict[str, _Class] = {
    each.name: each for each in (Sequential, PageHinkley, Adwin, NOfM, Calendar)
}


def make_detector(
    name: str = Sequential.name, parameters: Mapping[str, Any] | None = None, *, where: str = ""
) -> Detector:
    """Detector of that name.

    Parameters
    ----------
    parameters
        Those that differ from the defaults.
    where
        What an error names: the problem file.

    Raises
    ------
    ProblemError
        For a name or parameter that does not exist, or a value that does not suit.
    """
    if name not in DETECTORS:
        near = nearest(name, DETECTORS)
        hint = f"Did you mean {near!r}? " if near else ""
        raise ProblemError(
            f"there is no detector {name!r}",
            where=where,
            remedy=f"{hint}Choose one of {', '.join(DETECTORS)}",
        )
    try:
        return DETECTORS[name].model_validate(dict(parameters or {}))
    except ValidationError as error:
        first = error.errors()[0]
        parameter = ".".join(map(str, first["loc"]))
        raise ProblemError(
            f"detector {name!r}: {parameter or 'its parameters'}: {first['msg']}",
            where=where,
            remedy=f"Its parameters are {', '.join(DETECTORS[name].model_fields)}",
        ) from error
