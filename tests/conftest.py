"""What spares the suite work: warm processes for models, and folders that stay in one process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadFileScheduling

    from .nursery import Nurseries

# Folders that share what takes long to import or to make, by what that is: a registry and what
# checks tables; a registry and what draws; packages.
TOGETHER = {
    "tests/cli/": "registry",
    "tests/deliver/": "registry",
    "tests/monitor/": "monitor",
    "tests/notebook/": "registry",
    "tests/serve/": "serve",
    "tests/validate/": "registry",
}


@pytest.hookimpl(optionalhook=True)  # only where pytest-xdist is installed
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    from xdist.scheduler import LoadFileScheduling

    class FoldersTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = next(filter(nodeid.startswith, TOGETHER), None)
            return TOGETHER[folder] if folder else super()._split_scope(nodeid)

    return FoldersTogether(config, log)


@pytest.fixture(scope="session", autouse=True)
def warm_children() -> Iterator[Nurseries]:
    """Processes that fit models are forked instead of started."""
    from automl_tasks.search.process import ModelProcess

    from .nursery import Nurseries

    nurseries = Nurseries(ModelProcess._start)

    def start(process: ModelProcess) -> None:
        nurseries.start(process)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelProcess, "_start", start)
        yield nurseries
    nurseries.close()


@pytest.fixture(scope="module")
def cold_children(warm_children: Nurseries) -> Iterator[None]:
    """They are started, as everywhere outside these tests."""
    from automl_tasks.search.process import ModelProcess

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelProcess, "_start", warm_children.cold)
        yield
