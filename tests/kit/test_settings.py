import pytest
from pydantic import ValidationError

from navswap.settings import Environment, Settings
from tests.support.deployment import deployment_secrets

SECRETS = deployment_secrets()
PEM = SECRETS["qr_private_key"]


@pytest.mark.parametrize("forgotten", ["jwt_secret", "qr_private_key"])
def test_production_refuses_development_secrets(forgotten: str) -> None:
    secrets = {name: secret for name, secret in SECRETS.items() if name != forgotten}
    with pytest.raises(ValidationError, match=f"NAVSWAP_{forgotten.upper()}"):
        Settings(environment=Environment.PRODUCTION, **secrets)  # type: ignore[arg-type]  # a table of values


def test_production_starts_with_secrets_of_its_own() -> None:
    settings = Settings(environment=Environment.PRODUCTION, **SECRETS)  # type: ignore[arg-type]  # a table of values
    assert settings.environment is Environment.PRODUCTION


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVSWAP_HOLD_MINUTES", "7")
    assert Settings().hold_minutes == 7
    monkeypatch.setenv("NAVSWAP_HOLD_MINUTES", "0")
    with pytest.raises(ValidationError, match="hold_minutes"):
        Settings()


@pytest.mark.parametrize(
    "bad", ["pem", PEM.replace("A", "B"), PEM[:60]], ids=["no pem", "changed", "cut off"]
)
def test_a_qr_key_that_can_sign_nothing_is_refused_at_once(bad: str) -> None:
    with pytest.raises(ValidationError, match="openssl genpkey"):
        Settings(qr_private_key=bad)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOG_LEVEL", "nope"),
        ("TRUSTED_PROXIES", '["nowhere"]'),
        ("PORT", "70000"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("COUNTRY", "India"),
    ],
)
def test_a_value_that_cannot_be_used_later_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"NAVSWAP_{variable}", value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings()
