"""The code that travels with a model: `automl_tasks.serve`, and an owner's own step modules."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from automl_tasks.errors import PackageError

__all__ = ["custom_modules", "staged_code"]


@contextmanager
def staged_code(package: Path) -> Iterator[list[str]]:
    """Paths for MLflow's ``code_paths``; no tests, no caches, nothing else of Nightshift."""
    from automl_tasks import serve

    with TemporaryDirectory() as name:
        root = Path(name)
        nightshift = root / "automl_tasks"
        shutil.copytree(
            Path(serve.__file__).parent,
            nightshift / "serve",
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        )
        (nightshift / "__init__.py").write_text('"""The part of Nightshift that predicts."""\n')
        for module in custom_modules(package):
            _stage_module(module, root)
        yield [str(path) for path in sorted(root.iterdir())]


def custom_modules(package: Path) -> list[str]:
    """Dotted names of the modules that hold the owner's own feature steps."""
    steps = [
        step for path in (package / "steps").glob("*.json") for step in json.loads(path.read_text())
    ]
    classes = (step["class"] for step in steps if step["kind"] == "custom")
    return sorted({name.rpartition(".")[0] for name in classes})


def _stage_module(module: str, root: Path) -> None:
    """Copy one module, with the ``__init__`` files of the packages that it is in."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None or not Path(spec.origin).is_file():
            raise PackageError(
                f"module {name!r} of a feature step has no source file",
                where="steps of the problem file",
                remedy="Put the class into a plain .py file on PYTHONPATH",
            )
        source = Path(spec.origin)
        is_package = source.name == "__init__.py"
        target = root.joinpath(*parts[:end], "__init__.py") if is_package else None
        target = target or root.joinpath(*parts[: end - 1], f"{parts[end - 1]}.py")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
