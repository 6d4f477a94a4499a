"""The settings of a command: the environment, `.env`, and the servers of a `navswap up` that runs."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from navswap.devstack.running import as_fields, find_running
from navswap.kit.errors import NavSwapError
from navswap.kit.time_zones import require_time_zone
from navswap.settings import Settings


class NoTimeZoneError(NavSwapError):
    """Nothing says in which time zone the network of a history is."""

    code = "NO_TIME_ZONE"


class SettingsRefusedError(NavSwapError):
    """A setting is missing, malformed, or not fit for production."""

    code = "SETTINGS_REFUSED"


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and `.env`; raises SettingsRefusedError in one line."""
    try:
        return Settings.model_validate(overrides) if overrides else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = "_".join(str(part) for part in first["loc"][:1])
        name = f"NAVSWAP_{field.upper()}: " if field else ""
        raise SettingsRefusedError(f"{name}{first['msg'].removeprefix('Value error, ')}") from error
    except SettingsError as error:
        raise SettingsRefusedError(_malformed(error)) from error


def _malformed(error: SettingsError) -> str:
    """Return in one line which variable holds no JSON; pydantic-settings names the field in quotation marks."""
    _, field, *_ = f"{error}".split('"')
    return f'NAVSWAP_{field.upper()}: this is no JSON list; write ["one", "two"]'


def load_settings(data_dir: Path | None = None) -> Settings:
    """Read the settings; servers that they do not name are those of the `navswap up` that runs on `data_dir`."""
    settings = read_settings()
    fields = as_fields(find_running((data_dir or settings.data_dir).absolute()))
    return read_settings(**{name: fields[name] for name in fields.keys() - settings.model_fields_set})


def history_time_zone(settings: Settings, named: str | None) -> str:
    """Return the time zone of a history's network, from an option or else the settings: hours and days of models are local.

    A wrong one would shift all that models learn of hours, so none is assumed. Raises NoTimeZoneError, InvalidInputError.
    """
    if named is not None:
        require_time_zone(named, "--time-zone")
        return named
    if "time_zone" not in settings.model_fields_set:
        raise NoTimeZoneError(
            "Say in which time zone the network of the history is: --time-zone Asia/Kolkata for the demonstration city, "
            "or set NAVSWAP_TIME_ZONE."
        )
    return settings.time_zone
