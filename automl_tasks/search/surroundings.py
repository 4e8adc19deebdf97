"""What a fitted model may depend on besides the data and the plan: libraries and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["changes", "surroundings"]

_LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "xgboost", "catboost")


def surroundings() -> dict[str, str]:
    """Versions of the libraries, and the machine, by name."""
    found = {"python": platform.python_version(), "processor": _processor()}
    found["cores"] = str(os.cpu_count())
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """In words, what is not as it was: ``lightgbm was 4.5.0, is 4.6.0``."""
    for name in sorted(then.keys() | now.keys()):
        before, after = then.get(name, "missing"), now.get(name, "missing")
        if before != after:
            yield f"{name} was {before}, is {after}"


def _processor() -> str:
    """Its model's name: the same library computes otherwise on another one."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
