"""The sessions that have ended while their access tokens would still be good."""

from collections import OrderedDict
from datetime import datetime, timedelta

from navswap.kit.clock import Clock


class EndedSessions:
    """Remembers each ended session for as long as an access token of it can live; one a process, in memory.

    In a web process the users slice adds them, from the database.
    """

    def __init__(self, clock: Clock, token_life: timedelta) -> None:
        self._clock = clock
        self._token_life = token_life
        self._ended: OrderedDict[str, datetime] = OrderedDict()
        self.additions = 0
        """How often a session was added: while it stays the same, no other session has ended."""

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ended

    def __len__(self) -> int:
        return len(self._ended)

    def add(self, session_id: str) -> None:
        """Remember a session that has ended; those whose tokens have run out by themselves are forgotten."""
        now = self._clock.now()
        self.additions += 1
        self._ended.setdefault(session_id, now)
        while self._ended and next(iter(self._ended.values())) < now - self._token_life:
            self._ended.popitem(last=False)

    @property
    def remembered_from(self) -> datetime:
        """Return the moment before which an end needs no memory any more."""
        return self._clock.now() - self._token_life
