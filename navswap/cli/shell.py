"""What all commands share: the Typer application, settings, and how a command speaks."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from navswap.devstack.running import as_fields, find_running
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

RUN = "Run"
LOOK = "Look"
DATA = "Data"

app = typer.Typer(
    name="navswap",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="NavSwap, the backend of a battery-swap network: one GraphQL schema, live streams, local predictions.\n\n"
    "[bold]navswap up[/bold] runs everything on this machine; [bold]navswap serve[/bold] and "
    "[bold]navswap worker[/bold] are its two processes for production. Settings are environment variables "
    "with the prefix NAVSWAP_, or lines of a file .env.",
)

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the embedded servers: data, logs, lock. Default: NAVSWAP_DATA_DIR, else .navswap",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, for a program.")]


Command = TypeVar("Command", bound=Callable[..., Any])


class SettingsRefusedError(NavSwapError):
    """A setting is missing, malformed, or not fit for production."""

    code = "SETTINGS_REFUSED"


def command(panel: str, *examples: str, group: typer.Typer = app) -> Callable[[Command], Command]:
    """Register a function as the command of its name: its docstring is the help, with examples to paste.

    The docstring may hold Rich markup. `group` is the application itself, or commands that share a first word.
    """

    def register(function: Command) -> Command:
        paragraphs = (inspect.getdoc(function) or "").split("\n\n")
        group.command(
            function.__name__.rstrip("_").replace("_", "-"),
            help="\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs),
            epilog=shown(*examples),
            rich_help_panel=panel,
        )(function)
        return function

    return register


def shown(*examples: str) -> str:
    """Return examples as the help shows them, to paste."""
    lines = (f"[cyan]$[/cyan] {escape(example)}" for example in examples)
    return "\n\n".join(["[bold]Examples[/bold]", *lines])


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


def complain(message: str) -> None:
    """Write an error to standard error."""
    line = Text.assemble(("navswap: ", "bold red"), message)
    Console(stderr=True, highlight=False, soft_wrap=True).print(line)
