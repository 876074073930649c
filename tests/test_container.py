"""The container: what changes lies in volumes, it runs without rights, and downloads nothing at run time."""

import re
from pathlib import Path

import pytest
import yaml

from bioner_core.study.store import SHIPPED

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def dockerfile():
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_every_folder_that_the_program_writes_lies_in_the_volume(dockerfile):
    moved = dict(re.findall(r"(BIONER_[A-Z]+|HOME)=(\S+)", dockerfile))
    documented = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\| `(BIONER_(?:RUNS|CORPORA|CACHE|SETTINGS))` \|", documented))
    assert names <= moved.keys() and len(names) == 4
    assert {path.split("/")[1] for path in moved.values()} == {"data"}
    assert re.search(r"^VOLUME /data$", dockerfile, re.MULTILINE)


def test_it_runs_as_a_user_without_rights_on_a_read_only_root(dockerfile, services):
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE)[-1] == "10001"
    for service in services.values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")


def test_ports_are_open_to_this_machine_only(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_gets_what_the_wheel_is_built_from_and_nothing_else():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert {line for line in allowed if line.startswith("runs/")} == {f"runs/{name}" for name in SHIPPED}
    packed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = re.findall(r'^"([^"]+)" = "bioner_core/project', packed, re.MULTILINE)
    for name in (*needed, "bioner_core", "pyproject.toml", "requirements.txt", "README.md"):
        assert name in allowed or Path(name).parts[0] in allowed
    assert all((ROOT / name).exists() for name in allowed)
