"""Where the trained models lie."""

from pathlib import Path

from navswap.settings import Settings

_PACKAGE = Path(__file__).resolve().parents[1]


def models_dir(settings: Settings) -> Path:
    """Return the folder of the models: the one that the settings name, else that of the package, else of the project."""
    if settings.models_dir is not None:
        return settings.models_dir
    delivered = _PACKAGE / "models"
    return delivered if delivered.is_dir() else _PACKAGE.parent / "models"
