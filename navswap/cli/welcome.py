"""The one screen that `navswap up` ends with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class ReadyAccount:
    """An account with an access token that is good until `expires_at` (ISO 8601, UTC)."""

    role: str
    name: str
    email: str
    password: str
    access_token: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """Where everything is, who can sign in, and what to try; `servers` are the NAVSWAP_… variables of the stores."""

    base_url: str
    data_dir: Path
    servers: dict[str, str]
    accounts: Sequence[ReadyAccount]

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the web process by what they serve."""
        return {
            "graphiql": f"{self.base_url}/graphql",
            "graphql": f"{self.base_url}/graphql",
            "websocket": f"{self.base_url.replace('http', 'ws', 1)}/graphql",
            "metrics": f"{self.base_url}/metrics",
            "health": f"{self.base_url}/readyz",
        }

    @property
    def try_these(self) -> list[str]:
        """Three commands to paste into another terminal."""
        query = '{"query":"{ stations(first: 3) { edges { node { name } } } }"}'
        return [
            f"curl -s {self.urls['graphql']} -H 'content-type: application/json' -d '{query}'",
            f"curl -s {self.urls['metrics']}",
            f"navswap doctor --data-dir {self.data_dir}",
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "urls": self.urls,
            "accounts": [asdict(account) for account in self.accounts],
            "try": self.try_these,
            "data_dir": str(self.data_dir),
            "environment": self.servers,
        }

    def screen(self) -> RenderableType:
        """Return all of it for a person."""
        return Group(
            Text(),
            _heading("NavSwap runs", "Ctrl-C ends it"),
            _pairs(self.urls.items()),
            _heading(
                "Accounts", f"password {self.accounts[0].password}" if self.accounts else "none were seeded"
            ),
            *(_account(account) for account in self.accounts),
            _heading("Try", "in another terminal"),
            *(
                Padding(Text(command, style="cyan", overflow="fold"), (0, 0, 0, 2))
                for command in self.try_these
            ),
        )


def _heading(title: str, note: str) -> Text:
    return Text.assemble((title, "bold green"), f"  {note}")


def _pairs(rows: "Sequence[tuple[str, str]] | Any") -> Padding:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(name, Text(value, style="cyan"))
    return Padding(table, (0, 0, 0, 2))


def _account(account: ReadyAccount) -> Padding:
    line = Text.assemble((f"{account.role:<12}", "bold"), f"{account.email}  ", (account.access_token, "dim"))
    line.overflow = "fold"
    return Padding(line, (0, 0, 0, 2))
