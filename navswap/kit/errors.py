"""The one root of what can go wrong in an expected way."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_MESSAGE: Final = 1_000
"""Characters of a message to a client, which may quote a value of any length."""


class NavSwapError(Exception):
    """An expected refusal.

    `code` is stable and machine-readable, `message` says to a person what happened and what to do.
    Slices subclass it in their `errors.py`; the GraphQL type of a refusal is derived from the subclass.
    """

    code: str = "NAVSWAP_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInputError(NavSwapError):
    """A value of the input is malformed, out of its bounds, or at odds with another one; `field` names it."""

    code = "INVALID_INPUT"

    def __init__(self, field: str, message: str) -> None:
        """Refuse the value at a path below the input of a mutation, or among the arguments of any other field.

        The path may have Python's names, `packs[3].soc_percent`; clients read those of the API, `packs[3].socPercent`.
        """
        super().__init__(message)
        self.field = _in_camel_case(field)


def shortened(message: str) -> str:
    """Return a message as a client gets it, cut where it is longer than LONGEST_MESSAGE."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Put a path, such as `packs[3]`, before the field of an InvalidInputError that is raised within."""
    try:
        yield
    except InvalidInputError as error:
        error.field = f"{_in_camel_case(path)}.{error.field}" if error.field else _in_camel_case(path)
        raise


def _in_camel_case(path: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), path)
