"""What a resolver is handed: who asks, and the services that answer."""

from collections.abc import Awaitable, Callable, Container
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from navswap.auth.principal import NotSignedInError, Principal
from navswap.events.hub import Hub
from navswap.kit.clock import Clock
from navswap.services import Services
from navswap.settings import Settings

Key = TypeVar("Key")
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
        ended_sessions: Container[str] = (),
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.opened_at = clock.now()
        self.hub = hub
        self._principal = principal
        self._ended_sessions = ended_sessions
        self.address = address
        self.connection_params: dict[str, object] | None = None
        self.services = services
        self._loaders: dict[str, DataLoader[Any, Any]] = {}

    @property
    def principal(self) -> Principal | None:
        """Return who asks, None without an access token, and once the token or its session has ended."""
        principal = self._principal
        if principal is None or principal.session_id in self._ended_sessions:
            return None
        return principal if principal.expires_at > self.clock.now() else None

    @principal.setter
    def principal(self, principal: Principal | None) -> None:
        self._principal = principal

    @property
    def has_ended(self) -> bool:
        """Return whether the client has signed in and its token or session has ended since."""
        return self._principal is not None and self.principal is None

    def signed_in(self) -> Principal:
        """Return the principal of a field that declares a role; raises NotSignedInError."""
        principal = self.principal
        if principal is None:
            raise NotSignedInError(
                "Sign in first, or refresh your session: this field needs an access token."
            )
        return principal

    def loader(
        self, name: str, load: Callable[[list[Key]], Awaitable[list[Value]]]
    ) -> DataLoader[Key, Value]:
        """Return the loader of that name, which batches the keys of one tick into one call of `load`.

        It remembers nothing: a websocket's context lives for hours and must not answer from the past.
        """
        return self._loaders.setdefault(name, DataLoader(load_fn=load, cache=False))


Info = strawberry.Info[Context, None]
