"""What a fitted model may depend on besides data and plan: libraries, code and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from automl_tasks.store import digest_json

__all__ = ["changes", "code_digest", "installed", "merged", "surroundings"]

# Of XGBoost's two distributions one is there.
_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
)
_CODE = Path(__file__).parents[1]
_MISSING = "missing"


def surroundings() -> dict[str, str]:
    """Versions of the libraries, Nightshift's code, and the machine, by name."""
    found = {"python": platform.python_version(), "processor": _processor()}
    found |= {"cores": str(os.cpu_count()), "nightshift": code_digest()}
    return found | installed(_LIBRARIES)


def installed(names: Iterable[str]) -> dict[str, str]:
    """Versions of those distributions that are there."""
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """In words, what is not as it was: ``lightgbm was 4.5.0, is 4.6.0``."""
    for name in sorted(then.keys() | now.keys()):
        before, after = then.get(name, _MISSING), now.get(name, _MISSING)
        if before != after:
            yield f"{name} was {before}, is {after}"


def merged(several: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Surroundings of several processes as one; ``4.5.0 and 4.6.0`` where they differ."""
    names = {name for each in several for name in each}
    values = {name: {each.get(name, _MISSING) for each in several} for name in names}
    return {name: " and ".join(sorted(found)) for name, found in values.items()}


@cache  # the code that runs is what was there first
def code_digest(folder: Path = _CODE) -> str:
    """Digest of a folder's Python files, 16 hex digits, as the model card tells it."""
    files = sorted(folder.rglob("*.py"))
    contents = [
        (path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in files
    ]
    return digest_json(contents)[:16]


def _processor() -> str:
    """Its model's name: the same library computes otherwise on another one."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
