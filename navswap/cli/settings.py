"""`navswap settings`."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from navswap.cli import documented
from navswap.cli.configuration import load_settings
from navswap.cli.shell import LOOK, AsJson, DataDir, command


@command(
    LOOK,
    "navswap settings",
    "navswap settings --json | jq -r .NAVSWAP_PUBLIC_URL",
    "navswap settings --markdown > docs/configuration.md",
)
def settings(
    data_dir: DataDir = None,
    as_json: AsJson = False,
    markdown: Annotated[
        bool,
        typer.Option(
            help="Write the page docs/configuration.md: what each setting is, takes and defaults to."
        ),
    ] = False,
) -> None:
    """Show the settings that hold here, and which of them were set.

    They come from the environment, from the file .env, and where those name no servers from the `navswap up` that runs here. Secrets are
    not shown. Exit codes: 0 they are good; 1 one of them is not, and which.
    """
    if markdown:
        sys.stdout.write(documented.page())
        return
    found = list(documented.values(load_settings(data_dir)))
    if as_json:
        sys.stdout.write(json.dumps({name: text for name, text, _ in found}, indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, text, is_set in found:
        console.print(Text.assemble((f"{name:<42}", "bold" if is_set else "dim"), text))
