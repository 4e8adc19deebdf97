"""Keep the processes that fit models small: load less of the libraries, give freed memory back.

Importing scikit-learn's base classes loads all of ``scipy.stats`` for one function, and the
boosting libraries load half of scikit-learn for estimators that are not used here: a quarter of an
idle process, and a third of the time that it takes to start.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, find_spec
from types import ModuleType

from automl_tasks.settings import current_settings

__all__ = ["free_memory", "import_libraries"]

_SELDOM_USED = frozenset({"scipy.stats"})
_BOOSTING = ("lightgbm", "xgboost")
# Both import it in a block of optional imports, and do without when it fails.
_HIDDEN_FROM_BOOSTING = ("sklearn.model_selection",)


def import_libraries() -> None:
    """Load what every request needs, in a process that does nothing else."""
    sys.meta_path.insert(0, _WhenUsed())
    # Not before scikit-learn: https://github.com/lightgbm-org/LightGBM/issues/6509
    for name in ("automl_tasks.search.trial", "automl_tasks.ingest", "automl_tasks.models"):
        importlib.import_module(name)
    with _hidden(() if _owner_has_steps() else _HIDDEN_FROM_BOOSTING):
        for name in _BOOSTING:
            importlib.import_module(name)
    # What is loaded now stays, so later collections need not look at it.
    gc.collect()
    gc.freeze()


def free_memory() -> None:
    """Give memory that Arrow and the C library keep for later back to the system."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    with suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


def _owner_has_steps() -> bool:
    """Whether there is code of the owner's, which may want the estimators of any library."""
    return any(find_spec(name.partition(".")[0]) for name in current_settings().step_modules)


class _WhenUsed(MetaPathFinder):
    """Finds a few modules such that their code runs when an attribute is first asked for."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname not in _SELDOM_USED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def _hidden(names: Sequence[str]) -> Iterator[None]:
    """Let imports of these modules fail, unless they are loaded."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
