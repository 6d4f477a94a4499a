"""The options by which a command finds the API and says who asks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from navswap.cli.asking.errors import MisusedError
from navswap.cli.asking.requests import Api
from navswap.cli.asking.session import AccountSession, Session
from navswap.cli.configuration import load_settings

WHO = "Who asks, and where"

Url = Annotated[
    str | None,
    typer.Option(
        help="Address of the API. Default: the `navswap up` that runs here, else NAVSWAP_PUBLIC_URL.",
        envvar="NAVSWAP_URL",
        show_default=False,
        rich_help_panel=WHO,
    ),
]
Email = Annotated[
    str | None,
    typer.Option(
        help="Sign in as this user.", envvar="NAVSWAP_EMAIL", show_default=False, rich_help_panel=WHO
    ),
]
Password = Annotated[
    str | None,
    typer.Option(
        help="Its password; asked for at a terminal. Others see a command line, so prefer the variable.",
        envvar="NAVSWAP_PASSWORD",
        show_default=False,
        rich_help_panel=WHO,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        help="An access token instead.", envvar="NAVSWAP_TOKEN", show_default=False, rich_help_panel=WHO
    ),
]


@contextmanager
def opened(
    url: str | None, data_dir: Path | None, *, token: str | None, email: str | None, password: str | None
) -> Iterator[Api]:
    """Open the API in the name of who asks; raises MisusedError where the options do not say who."""
    with Api(url or load_settings(data_dir).public_url) as api:
        if email is not None:
            api.session = AccountSession(api.post, email, password or _asked_for(email))
        else:
            api.session = Session(token)
        yield api


def _asked_for(email: str) -> str:
    """Ask for the password at a terminal; raises MisusedError where there is none."""
    if not sys.stdin.isatty():
        raise MisusedError(f"Give the password of {email} in NAVSWAP_PASSWORD, or by --password.")
    answer: str = typer.prompt(f"Password of {email}", hide_input=True, err=True)
    return answer
