"""requirements*.txt: everything hashed, nothing that only works in one place."""

import re
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["requirements", "requirements-dev", "requirements-team"]
ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))? \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def entries(path: Path) -> list[re.Match[str]]:
    return list(ENTRY.finditer(path.read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pinned_and_hashed_package(root: Path, lock: str) -> None:
    rest = ENTRY.sub("", (root / f"{lock}.txt").read_text())
    assert [line for line in rest.splitlines() if not line.startswith("    # via")] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_server_is_named(root: Path, lock: str) -> None:
    text = (root / f"{lock}.txt").read_text()
    assert not re.search(r"://|index-url|find-links|\bfile:", text)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_supported_python_gets_what_was_asked_for(root: Path, lock: str, python: str) -> None:
    linux = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
    }
    locked: dict[str, str] = {}
    for entry in entries(root / f"{lock}.txt"):
        if entry["marker"] is None or Marker(entry["marker"]).evaluate(linux):
            name = canonicalize_name(entry["name"])
            assert name not in locked, f"{name} twice"
            locked[name] = entry["version"]
    for line in (root / f"{lock}.in").read_text().splitlines():
        asked = line.split("#")[0].strip()
        if asked and not asked.startswith("-c"):
            requirement = Requirement(asked)
            name = canonicalize_name(requirement.name)
            assert requirement.specifier.contains(locked[name]), f"run: make lock ({asked})"


def test_the_locks_agree(root: Path) -> None:
    main = {(e["name"], e["version"]) for e in entries(root / "requirements.txt")}
    names = {name for name, _ in main}
    for lock in LOCKS[1:]:
        for entry in entries(root / f"{lock}.txt"):
            if entry["name"] in names:
                assert (entry["name"], entry["version"]) in main, f"{lock}: {entry['name']}"
