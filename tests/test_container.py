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
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def test_every_folder_that_the_program_writes_lies_in_the_volume(dockerfile):
    moved = dict(re.findall(r"(BIONER_[A-Z]+|HOME)=(\S+)", dockerfile))
    documented = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\| `(BIONER_(?:RUNS|CORPORA|USERS|CACHE|SETTINGS))` \|", documented))
    assert names <= moved.keys() and len(names) == 5
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


def test_plain_docker_compose_up_starts_the_dashboard_alone(services):
    assert {name for name, service in services.items() if "profiles" not in service} == {"app"}
    assert services["ray-head"]["profiles"] == services["ray-worker"]["profiles"] == ["ray"]
    assert len({service["image"] for service in services.values()}) == 1


def test_the_ray_cluster_has_a_token_and_is_reached_by_the_dashboard_alone(compose, services):
    for service in services.values():
        assert service["environment"]["RAY_AUTH_MODE"] == "token"
        [secret] = service["secrets"]
        assert service["environment"]["RAY_AUTH_TOKEN_PATH"] == f"/run/secrets/{secret}"
        assert secret in compose["secrets"]
        assert service["shm_size"]
    for name in ("ray-head", "ray-worker"):
        assert "ports" not in services[name]
        assert services[name]["networks"] == ["cluster"]
        assert services[name]["healthcheck"]["test"][:2] == ["CMD", "ray"]
        assert "data:/data" not in services[name]["volumes"]  # runs and corpora are the dashboard's
    assert compose["networks"]["cluster"]["internal"]
    assert "--dashboard-host=127.0.0.1" in services["ray-head"]["command"]
    assert services["ray-worker"]["depends_on"]["ray-head"]["condition"] == "service_healthy"


def test_networks_volumes_and_secrets_of_the_services_are_defined(compose, services):
    for service in services.values():
        assert {volume.split(":")[0] for volume in service["volumes"]} <= compose["volumes"].keys()
        assert set(service["networks"]) <= compose["networks"].keys() | {"default"}


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
