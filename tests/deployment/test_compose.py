import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from navswap.auth.tokens import QrTokens
from navswap.devstack.mongod import TRANSACTION_LIFETIME_SECONDS
from navswap.events.handled import REMEMBER_SECONDS
from navswap.settings import Settings
from tests.support.deployment import deployment_secrets

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker")
STORES = ("mongo", "redis", "kafka")
INSTANCE_MEGABYTES = 8 * 1024
"""Memory of the instance that the deployment guide names; the system needs its share of it."""

every_service = pytest.mark.parametrize("name", SERVICES)
our_service = pytest.mark.parametrize("name", OURS)
store = pytest.mark.parametrize("name", STORES)


def without_variables(text: str) -> str:
    """Return a value as compose reads it when `.env` names none of its variables."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


def megabytes(limit: str) -> int:
    number, unit = int(limit[:-1]), limit[-1]
    return number * {"m": 1, "g": 1024}[unit]


def settings_of(name: str) -> dict[str, str]:
    """Return the values that a service gives our settings, by field."""
    variables = SERVICES[name]["environment"].items()
    return {key.removeprefix("NAVSWAP_").lower(): value for key, value in variables if "NAVSWAP_" in key}


def test_the_services_are_the_stores_and_our_two_processes() -> None:
    assert set(SERVICES) == {*OURS, *STORES}


@every_service
def test_a_service_is_watched_restarted_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}


def test_the_memory_limits_leave_the_system_an_eighth_of_the_instance() -> None:
    limits = sum(megabytes(service["mem_limit"]) for service in SERVICES.values())
    assert limits <= INSTANCE_MEGABYTES * 7 // 8


@store
def test_the_image_of_a_store_is_pinned_to_a_patch_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+(-alpine)?", SERVICES[name]["image"])


@our_service
def test_our_processes_run_from_the_image_that_is_built_here(name: str) -> None:
    assert without_variables(SERVICES[name]["image"]) == "navswap:local"
    assert SERVICES[name]["build"] == "."


@our_service
def test_our_processes_can_change_nothing_of_their_container(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "privileged" not in SERVICES[name]


@our_service
def test_our_processes_wait_until_every_store_is_healthy(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {one: {"condition": "service_healthy"} for one in STORES}


def test_only_the_web_process_is_published_and_only_to_the_machine_itself() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["web"]
    assert [without_variables(port) for port in published["web"]] == ["127.0.0.1:8000:8000"]


@store
def test_a_store_is_reached_only_from_the_inside(name: str) -> None:
    assert SERVICES[name]["networks"] == ["stores"]
    assert COMPOSE["networks"]["stores"] == {"internal": True}


@pytest.mark.parametrize(("name", "folder"), [("mongo", "/data/db"), ("kafka", "/var/lib/kafka/data")])
def test_what_must_last_is_kept_in_a_named_volume(name: str, folder: str) -> None:
    volumes = dict(reversed(volume.split(":")) for volume in SERVICES[name]["volumes"])
    assert volumes[folder] in COMPOSE["volumes"]


@our_service
def test_the_environment_makes_production_settings_with_the_secrets_of_the_env_file(name: str) -> None:
    assert SERVICES[name]["env_file"] == ".env"
    assert settings_of(name).keys() <= Settings.model_fields.keys()
    settings = Settings.model_validate(settings_of(name) | deployment_secrets())
    assert settings.environment == "production"
    QrTokens(settings)


@our_service
@pytest.mark.parametrize("forgotten", ["jwt_secret", "qr_private_key"])
def test_a_forgotten_secret_stops_our_processes(name: str, forgotten: str) -> None:
    secrets = deployment_secrets()
    del secrets[forgotten]
    with pytest.raises(ValidationError, match=f"NAVSWAP_{forgotten.upper()} still holds the development"):
        Settings.model_validate(settings_of(name) | secrets)


@pytest.mark.parametrize(
    ("name", "port"), [("web", settings_of("web")["port"]), ("worker", settings_of("worker")["worker_port"])]
)
def test_a_health_check_asks_the_port_that_the_process_serves(name: str, port: str) -> None:
    assert f"http://127.0.0.1:{port}/healthz" in " ".join(SERVICES[name]["healthcheck"]["test"])


@our_service
def test_the_stores_are_named_as_our_processes_look_for_them(name: str) -> None:
    where = settings_of(name)
    assert where["mongo_url"].startswith("mongodb://mongo:")
    assert where["redis_url"].startswith("redis://redis:")
    assert SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].endswith(where["kafka_bootstrap"])


def test_the_replica_set_has_one_name() -> None:
    command = SERVICES["mongo"]["command"]
    name = command[command.index("--replSet") + 1]
    assert f'_id: "{name}"' in SERVICES["mongo"]["healthcheck"]["test"][-1]
    assert settings_of("web")["mongo_url"].endswith(f"replicaSet={name}")


def test_what_a_killed_process_had_begun_is_given_up_as_soon_as_by_the_embedded_mongodb() -> None:
    assert f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_SECONDS}" in SERVICES["mongo"]["command"]
    assert Settings(_env_file=None).operation_database_seconds < TRANSACTION_LIFETIME_SECONDS


def test_kafka_forgets_an_event_before_its_consumers_do() -> None:
    assert int(SERVICES["kafka"]["environment"]["KAFKA_LOG_RETENTION_HOURS"]) * 3600 < REMEMBER_SECONDS


def test_the_web_processes_share_their_counts_in_a_folder_that_they_may_write() -> None:
    folder = SERVICES["web"]["environment"]["TMPDIR"]
    (mounted,) = SERVICES["web"]["tmpfs"]
    assert mounted.startswith(f"{folder}:uid=10001,gid=10001,")
