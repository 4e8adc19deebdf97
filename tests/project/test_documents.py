"""What the documents name exists, and what exists is documented."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from automl_tasks.problem import (
    Budget,
    Constraints,
    FairnessPolicy,
    FileSource,
    MonitorPolicy,
    Notify,
    Problem,
    SqlSource,
)

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("dags/**/*.md")]
SECTIONS: dict[str, type[BaseModel]] = {
    "Problem": Problem,
    "Source: files": FileSource,
    "Source: SQL": SqlSource,
    "Budget": Budget,
    "Constraints": Constraints,
    "Fairness": FairnessPolicy,
    "Monitor": MonitorPolicy,
    "Notify": Notify,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_documented_with_its_default(title: str) -> None:
    text = (ROOT / "docs" / "problem-file.md").read_text()
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| .+ \|$", section, re.MULTILINE)
    assert {key: default for key, _, default in rows} == {
        key: shown_default(field.default) if not field.is_required() else "required"
        for key, field in SECTIONS[title].model_fields.items()
    }


def shown_default(value: object) -> str:
    if isinstance(value, BaseModel):
        name = type(value).__name__.removesuffix("Policy").lower()
        return f"[below](#{name})"
    if value in (None, (), {}, ""):
        return "none"
    if isinstance(value, tuple):
        return "`[{}]`".format(", ".join(f'"{each}"' for each in value))
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text()):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = path.parent / file if file else path
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            slugs = {
                re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings
            }
            assert anchor in slugs, target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_that_documents_name_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z0-9-]+)", path.read_text(), re.MULTILINE))
    assert named <= targets


def test_commands_that_documents_name_exist() -> None:
    from automl_tasks.cli.table import COMMANDS

    known = {command.name for command in COMMANDS}
    for path in DOCUMENTS:
        for group in re.findall(r"nightshift ([a-z|]+)(?= [a-zPd.])", path.read_text()):
            assert set(group.split("|")) <= known, f"{path.name}: {group}"
