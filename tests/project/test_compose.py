"""No Docker engine runs here, so everything that the compose file names is looked up instead."""

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

# Variables with a message for when they are missing, or with a default: ${NAME:?…} ${NAME:-…}
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)(:[?-][^}]*)?\}")


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docker-compose.yaml").read_text()


@pytest.fixture(scope="module")
def compose(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_the_compose_specification_is_met(compose: dict[str, Any]) -> None:
    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(compose)
    broken = compose | {"services": {"api-server": {"imagee": "x"}}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_every_variable_is_in_the_example_and_every_example_is_used(root: Path, text: str) -> None:
    example = dict(
        line.split("=", 1)
        for line in (root / ".env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    used = dict(VARIABLE.findall(text))
    assert set(used) == set(example)
    for name, rest in used.items():
        assert rest.startswith(":?") == (example[name] == ""), f"{name}: required, or a default"
        assert rest in (f":-{example[name]}", ":?copy .env.example to .env and fill it in")


def test_no_password_has_a_default(services: dict[str, Any], text: str) -> None:
    secret = re.compile(r"PASSWORD|SECRET|_KEY|FERNET|SQL_ALCHEMY_CONN|STORE_URI")
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if secret.search(key):
                assert ":?" in str(value), f"{name}: {key}"
    assert not re.search(r"://[^/$\s]+:[^/$@\s]+@", text), "a password within a URL"


def test_images_are_pinned(root: Path, services: dict[str, Any]) -> None:
    named = [each["image"] for each in services.values()]
    named += re.findall(r"^FROM (\S+)", (root / "Dockerfile").read_text(), re.MULTILINE)
    for image in named:
        assert re.search(r":v?\d+\.\d+[\w.-]*$", image), image


def test_nothing_runs_as_root(services: dict[str, Any]) -> None:
    for name, service in services.items():
        user, _, group = service["user"].partition(":")
        assert int(user) > 0, name
        assert int(group) > 0, name
        assert service["cap_drop"] == ["ALL"], name


def test_every_service_that_stays_is_watched(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert ("healthcheck" in service) == (service["restart"] != "no"), name
        for other, how in service.get("depends_on", {}).items():
            ended = how["condition"] == "service_completed_successfully"
            assert ended == (services[other]["restart"] == "no"), f"{name} waits for {other}"


def test_ports_are_for_this_machine_and_answered(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for port in service.get("ports", []):
            match = re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-(\d+)\}:(\d+)", port)
            assert match, f"{name}: {port}"
            assert f"--port={match.group(2)}" in service["command"]
            assert f":{match.group(2)}/" in " ".join(service["healthcheck"]["test"])


def test_addresses_between_services_are_right(services: dict[str, Any], text: str) -> None:
    ports = {"postgres": 5432, "s3": 7070, "mlflow": 5000, "api-server": 8080}
    found = re.findall(r"(?:https?://|@)([a-z0-9-]+):(\d+)", text)
    assert {(host, int(port)) for host, port in found if host != "127"} == set(ports.items())
    assert services["s3"]["environment"]["VGW_PORT"] == ":7070"


def test_files_and_volumes_exist(root: Path, compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (root / source).exists() if source.startswith(".") else source
            assert known is True or source in compose["volumes"], f"{name}: {volume}"
        for config in service.get("configs", []):
            assert config["source"] in compose["configs"]
        target = service.get("build", {}).get("target")
        assert target is None or f" AS {target}\n" in (root / "Dockerfile").read_text()


def test_the_dockerfile_copies_what_is_there(root: Path) -> None:
    dockerfile = (root / "Dockerfile").read_text()
    copied = {
        name for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    }  # fmt: skip
    assert all((root / name).exists() for name in copied)
    allowed = set(re.findall(r"^!(\S+)$", (root / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == allowed, "the Docker daemon gets these, and nothing else"


def test_the_native_run_and_the_containers_share_their_variables(services: dict[str, Any]) -> None:
    from automl_tasks.local.environment import service_environment
    from automl_tasks.local.state import Secrets
    from automl_tasks.settings import current_settings

    native = service_environment(
        current_settings(), Secrets("p", "f", "s", "j"), airflow_port=1, mlflow_url="x"
    )
    only_team = {
        "AIRFLOW__CORE__AUTH_MANAGER",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK",
        "NIGHTSHIFT_SIGNING_KEY",
    }
    assert set(services["scheduler"]["environment"]) - set(native) == only_team


CHECK_AIRFLOW = """
import json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf
options, commands = json.loads(sys.argv[1])
for section, option in options:
    assert option in conf.configuration_description[section]["options"], (section, option)
for command in commands:
    get_parser().parse_args(command)
"""


def in_a_process(code: str, *given: object) -> None:
    """Run a check where no warning of Airflow's or MLflow's own imports counts as an error."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(json.dumps, given)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_airflow_knows_every_option_and_command(services: dict[str, Any]) -> None:
    options = [
        key.removeprefix("AIRFLOW__").lower().split("__")
        for key in services["scheduler"]["environment"]
        if key.startswith("AIRFLOW__")
    ]
    commands = [each["command"] for each in services.values() if "command" in each]
    commands += [shlex.split(line) for line in services["init"]["command"][-1].splitlines()[:1]]
    airflow = [command[1:] for command in commands if command[0] == "airflow"]
    assert [words[0] for words in airflow].count("db") == 1
    assert len(airflow) == 5
    in_a_process(CHECK_AIRFLOW, [options, airflow])


def test_mlflow_knows_every_flag(services: dict[str, Any]) -> None:
    flags = [word.split("=")[0] for word in services["mlflow"]["command"] if word.startswith("--")]
    assert "--allowed-hosts" in flags
    # As text, because importing MLflow's commands takes half a minute on a busy machine.
    spec = importlib.util.find_spec("mlflow")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    files = [package / "cli" / "__init__.py", package / "utils" / "cli_args.py"]
    source = "".join(path.read_text() for path in files)
    assert [flag for flag in flags if not re.search(rf'"{flag}["/]', source)] == []


def test_what_the_variables_name_is_locked(root: Path, services: dict[str, Any]) -> None:
    team = (root / "requirements-team.txt").read_text()
    manager = services["scheduler"]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
    assert manager.startswith("airflow.providers.fab.")
    assert "apache-airflow-providers-fab==" in team
    assert "asyncpg==" in team
    assert "psycopg2-binary==" in (root / "requirements.txt").read_text()
