"""Make .venv what the lock says; does nothing when it is that already.

Run by the Makefile with any supported Python, before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

UV = "uv==0.13.9"
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}


def main(kind: str) -> None:
    """Bring .venv up to date; two make commands at once take turns."""
    checkout = os.open(ROOT, os.O_RDONLY)
    try:
        # Released by the kernel, too, when this is killed.
        fcntl.flock(checkout, fcntl.LOCK_EX)
        update(kind)
    finally:
        os.close(checkout)


def update(kind: str) -> None:
    """Install the locks of a kind unless its stamp says that they are installed."""
    stamp, wanted = VENV / f".installed-{kind}", fingerprint(kind)
    if usable() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not usable():
        run(base_python(), "-m", "venv", "--clear", str(VENV))
        (VENV / ".made-in").write_text(str(ROOT))
    stamp.unlink(missing_ok=True)
    say(f"Installing {', '.join(LOCKS[kind])} into .venv; this happens once.")
    install(kind)
    stamp.write_text(wanted)


def fingerprint(kind: str) -> str:
    """Everything that an installation depends on; another folder needs other scripts."""
    digest = hashlib.sha256(f"{ROOT}\0{UV}\0".encode())
    for name in [*LOCKS[kind], "pyproject.toml"]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def usable() -> bool:
    """Whether .venv was made here, by a Python that is still there and is the one that is named."""
    made_in, settings = VENV / ".made-in", VENV / "pyvenv.cfg"
    if not (PYTHON.exists() and made_in.exists() and made_in.read_text() == str(ROOT)):
        return False
    major, minor = version()
    return not os.environ.get("PYTHON") or f"version = {major}.{minor}." in settings.read_text()


def base_python() -> str:
    """The interpreter itself, in case that this runs in the .venv which is to be replaced."""
    path = Path(sys.base_prefix, "bin", "python{}.{}".format(*version()))
    return str(path) if path.exists() else sys.executable


def version() -> tuple[int, int]:
    return sys.version_info[0], sys.version_info[1]


def install(kind: str) -> None:
    """Install with uv, or with pip where uv cannot be had or does not know pip's own index."""
    tool = installer()
    for lock in LOCKS[kind]:
        run(*tool, "--require-hashes", "-r", str(ROOT / lock))
    run(*tool, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def installer() -> list[str]:
    """The quickest command that can read the lock; uv may lack a home to keep its cache in."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if attempt([*pip, UV]):
        uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
        probe = ["--dry-run", "--require-hashes", "-r", str(ROOT / "requirements.txt")]
        for command in (uv, [*uv, "--no-cache"]):
            if attempt([*command, *probe]):
                return command
    say("uv does not work here; installing with pip, which takes longer.")
    return pip


def attempt(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except subprocess.CalledProcessError as error:
        free = shutil.disk_usage(ROOT).free // 2**20
        say(
            f"The installation failed (see above; {free} MB are free here, 2000 are needed). "
            "What was downloaded is kept: run the same command again."
        )
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        say("Interrupted; the next make goes on from here.")
        sys.exit(130)
