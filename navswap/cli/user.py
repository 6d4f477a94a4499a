"""`navswap user`: the people who may sign in."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from navswap.auth.roles import Role
from navswap.cli.configuration import load_settings
from navswap.cli.opening import opened_runtime
from navswap.cli.shell import DATA, AsJson, DataDir, app, command, shown
from navswap.features.users.service import UsersServices
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.features.users.service import User

ADD_EXAMPLES = (
    'navswap user add admin@example.com --name "Asha Rao" --role ADMIN',
    'navswap user add kiosk-7@example.com --name "Kiosk 7" --role STAFF < password.txt',
)

users = typer.Typer(no_args_is_help=True)
app.add_typer(
    users,
    name="user",
    help="Add people and machines who may sign in.\n\nEvery user has exactly one role. A new network has no user: "
    "add an ADMIN first, for it is the admin who runs the network.",
    epilog=shown(*ADD_EXAMPLES),
    rich_help_panel=DATA,
)


class NoPasswordError(NavSwapError):
    """Standard input is no terminal to ask at, and no password came from it."""

    code = "NO_PASSWORD"


@command(DATA, *ADD_EXAMPLES, group=users)
def add(
    email: Annotated[
        str, typer.Argument(help="E-mail address, any case; the name at sign-in.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="Name that others see.", show_default=False)],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="What the user may do.", show_default=False)
    ],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create a user who signs in with a password of at least 12 characters.

    The password is asked for twice and never shown. Where standard input is no terminal, its first line is the
    password, so that a script need not put it on the command line, which other people can see. A second user with
    the same address is refused and the first one stays as it is.

    CONSUMER: swaps packs as a rider. STAFF: scans and completes swaps at stations. TRANSPORTER: moves packs.
    PARTNER: runs a partner shop. ADMIN: runs the network. ANALYST: reads and changes nothing.
    """
    settings = load_settings(data_dir)
    user = asyncio.run(_add(settings, email, name, role, _password()))
    if as_json:
        shown = {"id": user.id, "email": user.email, "name": user.name, "role": user.role}
        sys.stdout.write(json.dumps(shown) + "\n")
    else:
        Console(highlight=False, soft_wrap=True).print(
            f"Added [bold]{escape(user.email)}[/bold] as {role}; signIn takes the address and the password."
        )


def _password() -> str:
    """Ask for the password at a terminal, else read it from standard input; raises NoPasswordError."""
    if sys.stdin.isatty():
        answer: str = typer.prompt(
            "Password", hide_input=True, confirmation_prompt="The same again", err=True
        )
        return answer
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise NoPasswordError(
            "No password came on standard input; type the command at a terminal or pipe one in."
        )
    return password


async def _add(settings: Settings, email: str, name: str, role: Role, password: str) -> "User":
    """Add the user on a runtime of our own; raises MongoUnreachableError and what `add` raises."""
    async with opened_runtime(settings, build_indexes=True) as runtime:
        return await UsersServices.of(runtime).users.add(email, name, role, password)
