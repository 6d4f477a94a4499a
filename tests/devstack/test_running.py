from pathlib import Path

import pytest

from navswap.cli.configuration import SettingsRefusedError, load_settings, read_settings
from navswap.devstack.lock import DataDirLock
from navswap.devstack.running import announce, find_running, withdraw

ANNOUNCED = {"NAVSWAP_MONGO_URL": "mongodb://127.0.0.1:27001/", "NAVSWAP_PORT": "8123"}


@pytest.fixture
def running(tmp_path: Path) -> DataDirLock:
    """The lock of a stack that runs and has announced itself."""
    lock = DataDirLock(tmp_path)
    lock.acquire()
    announce(tmp_path, ANNOUNCED)
    return lock


def test_a_running_stack_is_found_until_it_withdraws(running: DataDirLock, tmp_path: Path) -> None:
    assert find_running(tmp_path) == ANNOUNCED
    withdraw(tmp_path)
    assert find_running(tmp_path) == {}
    running.release()


def test_what_a_killed_stack_announced_is_not_believed(running: DataDirLock, tmp_path: Path) -> None:
    running.release()
    assert find_running(tmp_path) == {}


def test_commands_talk_to_the_running_stack(running: DataDirLock, tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.mongo_url, settings.port) == ("mongodb://127.0.0.1:27001/", 8123)
    running.release()


def test_the_environment_is_heard_before_the_running_stack(
    running: DataDirLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAVSWAP_MONGO_URL", "mongodb://127.0.0.1:1/")
    settings = load_settings(tmp_path)
    assert (settings.mongo_url, settings.port) == ("mongodb://127.0.0.1:1/", 8123)
    running.release()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("NAVSWAP_PORT", "70000", "NAVSWAP_PORT: Input should be less than or equal to 65535"),
        (
            "NAVSWAP_ENVIRONMENT",
            "production",
            "NAVSWAP_JWT_SECRET still holds the development secret; set it before",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_line(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsRefusedError, match=message) as caught:
        read_settings()
    assert "\n" not in caught.value.message
