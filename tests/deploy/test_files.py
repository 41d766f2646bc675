"""What deploy/ promises: hardened services, settings and commands that exist, no password that matters."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from orchestrator.cli import COMMANDS
from orchestrator.commands.run import PARTS
from orchestrator.settings import Settings
from tests.deploy import dockerfile

DEPLOY = dockerfile.ROOT / "deploy"
ONCE = ("migrate", "apply")
SERVICES = dockerfile.compose()["services"]


def named() -> set[str]:
    """Every setting that any file of deploy/ names."""
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    return {name for file in files for name in re.findall(r"TERTULIA_[A-Z_]+", file.read_text(encoding="utf-8"))}


def test_every_setting_named_in_deploy_exists() -> None:
    known = {f"TERTULIA_{name.upper()}" for name in Settings.model_fields}

    assert named() and named() <= known


def test_the_image_runs_as_nobody_in_particular_with_a_health_check() -> None:
    image = dockerfile.image()

    assert image.last("USER") == "10001:10001"
    assert image.health == ["tertulia", "status", "--here"]
    assert image.listed("ENTRYPOINT") == ["tertulia"] and image.listed("CMD") == ["run"]
    assert image.last("STOPSIGNAL") == "SIGTERM"


def test_the_build_is_sent_only_what_its_steps_copy() -> None:
    let_in, kept_out = dockerfile.allowed()
    build = dockerfile.stages()[0]
    copied = {name for line in build.of("COPY") for name in line.split()[:-1]}

    assert copied == set(let_in)
    assert all((dockerfile.ROOT / name).exists() for name in copied)
    assert "__pycache__" in kept_out


def test_packages_are_installed_by_hash_only() -> None:
    steps = [step for line in dockerfile.stages()[0].of("RUN") for step in line.split("&&")]
    fetches = [step for step in steps if "pip install" in step or "pip wheel" in step]

    assert len(fetches) == 4
    for step in fetches:
        ours = "--no-deps" in step and ("--no-build-isolation" in step or "--no-index" in step)
        assert "--require-hashes" in step or ours, step


def test_every_process_of_the_program_is_a_service() -> None:
    commands = {tuple(service["command"]) for service in dockerfile.ours().values()}

    assert commands == {("migrate",), ("apply",), *(("run", part) for part in PARTS)}
    assert {command[0] for command in commands} <= set(COMMANDS)


@pytest.mark.parametrize("name", [*ONCE, *PARTS])
def test_a_service_of_ours_has_one_image_and_no_rights(name: str) -> None:
    service = SERVICES[name]

    assert service["image"] == "tertulia"
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp:size=64m,mode=1777"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert not {"user", "privileged", "cap_add", "network_mode"} & set(service)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_starts_after_the_tables_and_again_after_a_fall(name: str) -> None:
    service = SERVICES[name]

    assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" not in service  # the image's own


@pytest.mark.parametrize("name", ONCE)
def test_what_runs_once_is_not_repeated(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    assert SERVICES[name]["healthcheck"] == {"disable": True}


def test_nothing_is_published_beyond_the_hosts_loopback() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert sorted(published) == ["127.0.0.1:8484:8484", "127.0.0.1:8485:8485"]


def test_the_database_and_redis_are_on_a_network_of_their_own() -> None:
    assert dockerfile.compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert {"healthcheck", "restart", "volumes"} <= set(SERVICES[name])
    assert set(dockerfile.compose()["volumes"]) == {"postgres", "redis"}


def test_redis_refuses_rather_than_forgets_and_keeps_its_log() -> None:
    command = SERVICES["redis"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_the_environment_file_lists_every_secret_and_sets_none() -> None:
    lines = (DEPLOY / "environment.example").read_text(encoding="utf-8").splitlines()
    secrets = {f"TERTULIA_{name.upper()}" for name in Settings.model_fields if "token" in name or "secret" in name}

    assert all(line.startswith("#") for line in lines if line)
    assert secrets <= {line[1:].partition("=")[0] for line in lines}


def test_secrets_stay_out_of_git() -> None:
    ignored = (dockerfile.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {"deploy/environment", "deploy/.env"} <= set(ignored)


def test_compose_has_no_key_twice() -> None:
    yaml.load(dockerfile.COMPOSE.read_text(encoding="utf-8"), Strict)


class Strict(yaml.SafeLoader):
    """Refuses a key given twice, of which PyYAML would keep the last one silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)
