"""The one screen that `navswap up` ends with."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from navswap.cli.shell import as_typed


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
            "dashboard": f"{self.base_url}/",
            "graphiql": f"{self.base_url}/graphiql",
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
            as_typed(f"navswap doctor --data-dir {self.data_dir}"),
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

    def lines(self) -> Iterator[Text]:
        """Yield all of it for a person; a line is never folded, so that what is copied is whole."""
        yield _heading("NavSwap runs", "Ctrl-C ends it")
        for name, url in self.urls.items():
            yield Text.assemble(f"  {name:<12}", (url, "cyan"))
        yield _heading("Accounts", self._accounts_note())
        for account in self.accounts:
            yield Text.assemble((f"  {account.role:<12}", "bold"), account.email)
            yield Text(f"  {account.access_token}", "dim")
        yield _heading("Try", "in another terminal")
        for command in self.try_these:
            yield Text(f"  {command}", "cyan")

    def _accounts_note(self) -> str:
        """Return the password of the accounts, and how long the tokens below are good."""
        if not self.accounts:
            return "none were seeded"
        ends = min(datetime.fromisoformat(account.expires_at) for account in self.accounts)
        return f"password {self.accounts[0].password}; the tokens are good until {ends.astimezone():%H:%M}"


def _heading(title: str, note: str) -> Text:
    return Text.assemble("\n", (title, "bold green"), f"  {note}")
