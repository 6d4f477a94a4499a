"""What a resolver is handed: who asks, and the services that answer."""

from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import inf
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.presented import PLACES
from navswap.auth.principal import NotAllowedError, NotSignedInError, Principal
from navswap.events.hub import Hub
from navswap.kit.clock import Clock
from navswap.services import Services
from navswap.settings import Settings

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Context:
    """The context of one HTTP request, or of one websocket with all its operations."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        hub: Hub,
        services: Services,
        principal: Principal | None,
        address: str,
        ended_sessions: EndedSessions | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.opened_at = clock.now()
        self.hub = hub
        self._principal = principal
        self.ended_sessions = EndedSessions(clock, timedelta()) if ended_sessions is None else ended_sessions
        self.address = address
        self.connection_params: dict[str, object] | None = None
        self.refused_token: NotSignedInError | None = None
        """What is wrong with the token of the header, None where there is none or a good one."""
        self.services = services
        self._loaders: dict[str, DataLoader[Any, Any]] = {}
        self._followers: dict[Callable[[], None], None] = {}

    @property
    def principal(self) -> Principal | None:
        """Return who asks, None without an access token, and once the token or its session has ended."""
        principal = self._principal
        if principal is None or principal.session_id in self.ended_sessions:
            return None
        return principal if principal.expires_at > self.clock.now() else None

    @principal.setter
    def principal(self, principal: Principal | None) -> None:
        before, self._principal = self.session_id, principal
        if self.session_id != before:
            for follow in tuple(self._followers):
                follow()

    @property
    def session_id(self) -> str | None:
        """Return the session of the client, whether or not it has ended; None for a visitor."""
        return None if self._principal is None else self._principal.session_id

    @contextmanager
    def on_another_session(self, follow: Callable[[], None]) -> Iterator[None]:
        """Call `follow` whenever the client has another session, for as long as the context is open."""
        self._followers[follow] = None
        try:
            yield
        finally:
            del self._followers[follow]

    @property
    def has_ended(self) -> bool:
        """Return whether the client has signed in and its token or session has ended since."""
        principal = self._principal
        return principal is not None and (
            principal.expires_at <= self.clock.now() or principal.session_id in self.ended_sessions
        )

    @property
    def session_ends_at(self) -> datetime | None:
        """Return when the token of the client runs out, None for a visitor; a fresh one may come before."""
        return None if self._principal is None else self._principal.expires_at

    def signed_in(self) -> Principal:
        """Return the principal of a field that declares a role; raises NotSignedInError."""
        principal = self.principal
        if principal is None:
            raise NotSignedInError(self._why_not_signed_in())
        return principal

    def visitor_or_principal(self) -> Principal | None:
        """Return who asks, None for a visitor; raises NotSignedInError for a token that is not good, or not any more.

        For a public field about the one who asks: a client whose token ran out must learn that, and not that it is a visitor.
        """
        if self.principal is None and (self.refused_token is not None or self.has_ended):
            raise NotSignedInError(self._why_not_signed_in())
        return self.principal

    def renew(self, principal: Principal) -> None:
        """Go on with a fresh token of the same user in the same role; raises NotAllowedError for another one.

        What runs already was permitted to that role, and goes on, under the session of the fresh token.
        """
        if self._principal is not None and self._principal.user_id != principal.user_id:
            raise NotAllowedError("This is the token of another user; open a socket of its own for it.")
        if self._principal is not None and self._principal.role is not principal.role:
            raise NotAllowedError("This is the token of another role; open a socket of its own for it.")
        self.principal = principal

    @property
    def seconds_left(self) -> float:
        """Return how long the token is good, in seconds, 0 or less once it is over; without a token for ever."""
        if self._principal is None:
            return inf
        return (self._principal.expires_at - self.clock.now()).total_seconds()

    def _why_not_signed_in(self) -> str:
        if self.refused_token is not None:
            return self.refused_token.message
        if self.has_ended:
            return "Your access token or session has ended; refresh the session, or sign in again."
        where = (
            ""
            if self.connection_params is None
            else f" It is looked for in the payload of connection_init: {PLACES}."
        )
        return f"Sign in first, or refresh your session: this field needs an access token.{where}"

    def loader(
        self, name: str, load: Callable[[list[Key]], Awaitable[list[Value]]]
    ) -> DataLoader[Key, Value]:
        """Return the loader of that name, which batches the keys of one tick into one call of `load`, equal keys as one.

        It remembers nothing: a websocket's context lives for hours and must not answer from the past.
        """
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = DataLoader(load_fn=_each_once(load), cache=False)
        return loader


def _each_once(
    load: Callable[[list[Key]], Awaitable[list[Value]]],
) -> Callable[[list[Key]], Awaitable[list[Value]]]:
    """Return `load` that is asked for each of equal keys once, such as for the station of hundreds of rows."""

    async def load_once(keys: list[Key]) -> list[Value]:
        distinct = list(dict.fromkeys(keys))
        loaded = await load(distinct)
        if len(distinct) == len(keys):
            return loaded
        by_key = dict(zip(distinct, loaded, strict=True))
        return [by_key[key] for key in keys]

    return load_once


Info = strawberry.Info[Context, None]
