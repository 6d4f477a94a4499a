from pathlib import Path

import pytest

from navswap.cli.documented import page, values
from navswap.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert PAGE.read_text() == page(), "run: uv run navswap settings --markdown > docs/configuration.md"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert page().count("| `NAVSWAP_") == len(Settings.model_fields)


def test_the_settings_of_a_process_are_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVSWAP_MONGO_URL", "mongodb://user:hunter2@db.example/?replicaSet=rs")
    monkeypatch.setenv("NAVSWAP_JWT_SECRET", "a-secret-of-at-least-32-characters")
    shown = {name: (text, is_set) for name, text, is_set in values(Settings(_env_file=None))}
    assert shown["NAVSWAP_MONGO_URL"] == ("mongodb://(secret)@db.example/?replicaSet=rs", True)
    assert shown["NAVSWAP_JWT_SECRET"] == ("(secret)", True)
    assert shown["NAVSWAP_TIME_ZONE"] == ("UTC", False)
