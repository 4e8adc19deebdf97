"""Verify a downloaded model's folder: ``python -m automl_tasks.serve FOLDER [SHA-256]``.

Run it with this code from a source of its own, not with the copy inside the model.
"""

from __future__ import annotations

import sys
from pathlib import Path

from automl_tasks.serve.errors import BadPackage
from automl_tasks.serve.keys import key_is_configured
from automl_tasks.serve.seal import verify_seal


def _main(folder: str, digest: str | None = None) -> int:
    try:
        seal = verify_seal(Path(folder), digest=digest)
    except BadPackage as error:
        sys.stderr.write(f"{error}\n")
        return 1
    whose = f"run {seal['run']} of {seal['problem']}"
    signed = "signature verified" if key_is_configured() else "no key, so no signature verified"
    sys.stdout.write(f"{len(seal['files'])} files are as sealed by {whose}; {signed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
