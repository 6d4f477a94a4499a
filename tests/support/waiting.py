"""Waiting for what another task or process does and says nothing of: one look after the other, within a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.support.api import PATIENCE_SECONDS

Answer = TypeVar("Answer")

LOOK_SECONDS = 0.02
"""Pause between two looks, so that who is waited for gets its turn."""


async def until(
    look: Callable[[], Awaitable[Answer]],
    good: Callable[[Answer], bool] = bool,
    *,
    within_seconds: float = PATIENCE_SECONDS,
) -> Answer:
    """Look again and again until what is seen is good, and return it; raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while not good(seen := await look()):  # noqa: ASYNC110 - stores, files and the API say nothing when they change
            await asyncio.sleep(LOOK_SECONDS)
        return seen
