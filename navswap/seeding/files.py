"""The seed files of the demonstration: where they are, which version, and the password that they publish."""

from hashlib import sha256
from pathlib import Path

from navswap.kit.errors import NavSwapError
from navswap.seeding.city import DemoCity, SeedsUnreadableError
from navswap.settings import Environment, Settings

PACKAGE = Path(__file__).parents[1]


class PublishedPasswordError(NavSwapError):
    """In production the demonstration accounts need a password that is not published."""

    code = "PUBLISHED_PASSWORD"


def seeds_dir(settings: Settings) -> Path:
    """Return the folder of the seed files: the configured one, else the one delivered with the package.

    A wheel carries it inside the package, a checkout beside it. Raises SeedsUnreadableError where there is none.
    """
    if settings.seeds_dir is not None:
        candidates = [settings.seeds_dir]
    else:
        candidates = [PACKAGE / "seeds", PACKAGE.parent / "seeds"]
    for folder in candidates:
        if (folder / "city.json").is_file():
            return folder
    looked = " or ".join(str(folder) for folder in candidates)
    raise SeedsUnreadableError(f"No seed files in {looked}; name their folder in NAVSWAP_SEEDS_DIR.")


def seeds_digest(folder: Path) -> str:
    """Return the version of the seed files: a digest of their names and bytes, hexadecimal."""
    digest = sha256()
    for path in sorted(folder.glob("*.*json")):
        digest.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.hexdigest()


def demo_password(settings: Settings, city: DemoCity) -> str:
    """Return the password of the demonstration accounts; raises PublishedPasswordError in production."""
    if settings.demo_password is not None:
        return settings.demo_password.get_secret_value()
    if settings.environment is Environment.PRODUCTION:
        raise PublishedPasswordError(
            "The password of the demonstration accounts is published; set NAVSWAP_DEMO_PASSWORD to your own, or "
            "load your network with --stations."
        )
    return city.accounts.password
