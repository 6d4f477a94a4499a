"""Identifiers: unguessable in part, and sorted by the time of their creation, within a millisecond too."""

import secrets
import threading
from collections.abc import Callable
from itertools import count
from typing import Protocol

from navswap.kit.clock import Clock, SystemClock

_COUNTER_BITS = 12
_RANDOM_BITS = 62


class Ids(Protocol):
    """Makes identifiers; each sorts after all that the same source made before."""

    def new(self) -> str:
        """Return an identifier that is not used yet."""
        ...


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits.

    The counter starts again each millisecond at a random number below 2^11; when it is spent, the next millisecond is
    borrowed, so that a clock that stands still or steps back never breaks the order (RFC 9562, section 6.2).
    `random_bits` returns a number of so many bits.
    """

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._milliseconds = -1
        self._counter = 0

    def new(self) -> str:
        """Return the next identifier."""
        with self._lock:
            milliseconds, counter = self._next()
        value = (milliseconds & ((1 << 48) - 1)) << 80
        value |= 0x7 << 76
        value |= counter << 64
        value |= 0b10 << 62
        value |= self._random_bits(_RANDOM_BITS)
        digits = f"{value:032x}"  # a UUID object costs as much as all of the above
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def _next(self) -> tuple[int, int]:
        now = round(self._clock.now().timestamp() * 1000)
        if now > self._milliseconds:
            self._milliseconds, self._counter = now, self._random_bits(_COUNTER_BITS - 1)
        elif self._counter + 1 < 1 << _COUNTER_BITS:
            self._counter += 1
        else:
            self._milliseconds, self._counter = self._milliseconds + 1, self._random_bits(_COUNTER_BITS - 1)
        return self._milliseconds, self._counter


class SequentialIds:
    """Identifiers that repeat from run to run, for tests of decisions and for the simulation: `id-000001`, `id-000002`."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._made = 0

    def new(self) -> str:
        """Return the next identifier."""
        self._made += 1
        return f"{self._prefix}-{self._made:06d}"


class CountedIds:
    """Identifiers of one process, its random name and a number: as unique as others for a fraction of their cost, and as guessable as any count."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Take another name, as a process has to that was forked."""
        self._name, self._numbers = secrets.token_hex(8), count()

    def new(self) -> str:
        """Return the next identifier."""
        return f"{self._name}-{next(self._numbers):x}"


_process_ids = TimeOrderedIds(SystemClock())


def new_id() -> str:
    """Return an identifier by the machine's clock; for processes and leases, never for stored business values."""
    return _process_ids.new()
