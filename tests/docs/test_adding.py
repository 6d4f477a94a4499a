"""The walks of `docs/adding.md` lead to files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:navswap|tests|docs)/[\w./]+)`", PAGE)))


def test_there_are_walks() -> None:
    assert re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)[:5] == [
        "A slice",
        "A field",
        "A mutation",
        "A stream",
        "A model",
    ]
    assert len(PATHS) > 10


@pytest.mark.parametrize("path", PATHS)
def test_what_it_points_at_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("name", "path"), re.findall(r"`(\w+)`\s+in\s+`((?:navswap|tests)/[\w./]+\.py)`", PAGE)
)
def test_what_it_names_stands_there(name: str, path: str) -> None:
    assert name in (ROOT / path).read_text()
