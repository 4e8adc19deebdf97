"""The shared libraries of LightGBM and XGBoost, without their Python packages.

Their packages import scikit-learn and SciPy, which takes seconds and is not needed to predict.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["Library", "library_of"]

# On Windows XGBoost's has no prefix, LightGBM's has one.
_NAMES = {"darwin": ("lib{}.dylib",), "win32": ("{}.dll", "lib{}.dll")}
_LINUX = ("lib{}.so",)
_FOLDERS = ("lib", "bin", ".")


class Library:
    """A C library whose functions return 0 when all is well.

    Parameters
    ----------
    last_error
        Name of the function that tells what was not.
    """

    def __init__(self, path: Path, last_error: str) -> None:
        self._library = ctypes.CDLL(str(path))
        self._last_error: Callable[[], bytes] = getattr(self._library, last_error)
        self._last_error.restype = ctypes.c_char_p

    def call(self, name: str, *arguments: object) -> None:
        """Call a function.

        Raises
        ------
        ValueError
            With the library's words, when it fails.
        """
        if getattr(self._library, name)(*arguments):
            raise ValueError(self._last_error().decode(errors="replace"))


@cache
def library_of(package: str, name: str, last_error: str) -> Library | None:
    """Library of an installed package; None where the package keeps it elsewhere."""
    spec = find_spec(package)
    files = [each.format(name) for each in _NAMES.get(sys.platform, _LINUX)]
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in (Path(folder, part, file) for part in _FOLDERS for file in files):
            if path.is_file():
                return Library(path, last_error)
    return None
