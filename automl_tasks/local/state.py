"""What runs, and the secrets that outlive a restart; only their owner can read both files."""

from __future__ import annotations

import base64
import json
import os
import secrets
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from automl_tasks.settings import SERVICES_FILE

__all__ = ["Component", "Secrets", "Services", "load_secrets", "running_services"]

SECRETS_FILE = "secrets.json"


@dataclass(frozen=True)
class Component:
    """A process that was started here.

    Attributes
    ----------
    created
        The process's creation time (seconds since the epoch): with the pid it names one process.
    """

    name: str
    pid: int
    created: float
    log: str


@dataclass(frozen=True)
class Services:
    """Addresses, login and processes of a running installation."""

    airflow_url: str
    mlflow_url: str
    user: str
    password: str
    components: tuple[Component, ...]

    def save(self, home: Path) -> None:
        write_private(home / SERVICES_FILE, json.dumps(asdict(self), indent=2) + "\n")


@dataclass(frozen=True)
class Secrets:
    """Keys of one installation; kept, so that sessions and encrypted connections stay valid."""

    jwt: str
    fernet: str
    session: str
    password: str


def running_services(home: Path) -> Services | None:
    """Return what the last start left in `home`; None when nothing was started."""
    try:
        content = json.loads((home / SERVICES_FILE).read_text())
    except FileNotFoundError:
        return None
    components = tuple(Component(**each) for each in content.pop("components"))
    return Services(components=components, **content)


def load_secrets(home: Path) -> Secrets:
    """Read the installation's keys; made on the first call."""
    path = home / SECRETS_FILE
    if not path.exists():
        made = Secrets(
            jwt=secrets.token_urlsafe(48),
            fernet=base64.urlsafe_b64encode(os.urandom(32)).decode(),
            session=secrets.token_urlsafe(32),
            password=secrets.token_urlsafe(12),
        )
        write_private(path, json.dumps(asdict(made)))
    return Secrets(**json.loads(path.read_text()))


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, with mode 0600 from its first byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    staged.replace(path)
