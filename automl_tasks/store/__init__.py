"""Where things live: one folder tree, written atomically, never half."""

from automl_tasks.store._base import Store, open_store
from automl_tasks.store.hashing import digest_file, digest_json

__all__ = ["Store", "digest_file", "digest_json", "open_store"]
