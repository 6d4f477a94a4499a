"""Where the trained models lie."""

from pathlib import Path

from navswap.settings import Settings

_PACKAGE = Path(__file__).resolve().parents[1]


def models_dir(settings: Settings) -> Path:
    """Return the folder of the models: the one that the settings name, else the delivered one."""
    return delivered_models() if settings.models_dir is None else settings.models_dir


def delivered_models() -> Path:
    """Return the folder of the models that come with this code: that of the package, else of the project."""
    delivered = _PACKAGE / "models"
    return delivered if delivered.is_dir() else _PACKAGE.parent / "models"
