"""The people of the day: each signs in, and speaks to the public API in the own name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.auth.tokens import AccessTokens
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.e2e.scenarios import node
from tests.factories.users import PASSWORD, a_user
from tests.support.api import Api, Subscribed, live

REFRESH = """
mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) { ... on RefreshSessionPayload { session { accessToken refreshToken } } }
}"""

BEFORE_THE_END = timedelta(minutes=9)
"""A token lasts ten minutes; who uses one that is older than this takes a new one first."""


@dataclass
class Person:
    """Somebody who is signed in, and where the person was last."""

    id: str
    email: str
    role: Role
    tokens: AccessTokens
    clock: ManualClock
    api: Api
    at: Point
    has_password: bool = False
    pack: str | None = None
    _refresh_token: str = ""
    _since: datetime | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def node(self) -> str:
        """Return the id of the user in the API."""
        return node("User", self.id)

    async def do(self, mutation: str, selection: str = "", **values: Any) -> dict[str, Any]:
        """Do a mutation; `selection` is written as fragments of its results. Returns the result, a refusal too."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = (
            f"mutation Do($input: {kind}!) {{ {mutation}(input: $input) "
            f"{{ __typename {selection} ... on Refusal {{ code message }} }} }}"
        )
        answer: dict[str, Any] = await self.ask(document, input=values)
        return answer

    async def must(self, mutation: str, selection: str = "", **values: Any) -> dict[str, Any]:
        """Do a mutation that nothing may refuse."""
        answer = await self.do(mutation, selection, **values)
        assert "code" not in answer, (mutation, answer)
        return answer

    async def ask(self, document: str, **variables: Any) -> Any:
        """Return the one root field of an operation."""
        await self._be_signed_in()
        return await self.api.ask(document, **variables)

    @asynccontextmanager
    async def watching(self, document: str, **variables: Any) -> AsyncIterator[Subscribed]:
        """Subscribe over a websocket of its own."""
        await self._be_signed_in()
        async with live(self.api.address, self.api.token) as socket:
            yield await socket.subscribe(document, **variables)

    async def _be_signed_in(self) -> None:
        async with self._one_at_a_time:
            now = self.clock.now()
            if self._since is not None and now < self._since + BEFORE_THE_END:
                return
            if not self.has_password:
                self.api.token, _ = self.tokens.issue(self.id, self.role, new_id())
            else:
                self.api.token = None
                session = await self._sign_in() if self._since is None else await self._refresh()
                self.api.token, self._refresh_token = session["accessToken"], session["refreshToken"]
            self._since = now

    async def _sign_in(self) -> dict[str, Any]:
        answer = await self.api.ask(op.SIGN_IN, input={"email": self.email, "password": PASSWORD})
        session: dict[str, Any] = answer["session"]
        return session

    async def _refresh(self) -> dict[str, Any]:
        answer = await self.api.ask(REFRESH, input={"refreshToken": self._refresh_token})
        session: dict[str, Any] = answer["session"]
        return session


async def some_people(
    runtime: Runtime, clock: ManualClock, address: str, role: Role, count: int, at: Point
) -> list[Person]:
    """Let some have accounts. The first of a role signs in with a password; hashing one takes long, so others do not."""
    first = await a_user(role, password=PASSWORD)
    users = [first, *[await a_user(role) for _ in range(count - 1)]]
    return [
        Person(
            one.id, one.email, role, runtime.access_tokens, clock, Api(address), at, has_password=one is first
        )
        for one in users
    ]
