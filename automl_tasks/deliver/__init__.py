"""Package, register, gate, promote, roll back: what the consumer gets, and when."""

from automl_tasks.deliver.forget import forget_champion
from automl_tasks.deliver.package import PackageManifest, build_package
from automl_tasks.deliver.promote import promote
from automl_tasks.deliver.promotion import Promotion, history
from automl_tasks.deliver.register import Registered, register
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.rollback import rollback
from automl_tasks.deliver.verify import Verification, verify
from automl_tasks.deliver.versions import (
    ChampionInfo,
    LoadedModel,
    champion,
    load_champion,
    load_version,
)

__all__ = [
    "ChampionInfo",
    "LoadedModel",
    "PackageManifest",
    "Promotion",
    "Registered",
    "Verification",
    "build_package",
    "champion",
    "forget_champion",
    "history",
    "load_champion",
    "load_version",
    "promote",
    "register",
    "registry",
    "rollback",
    "verify",
]
