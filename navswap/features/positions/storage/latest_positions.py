"""Where subjects were last seen, and what the filter remembers: kept in Redis, may be lost at any time.

One hash holds the latest position of every subject as JSON, so that a whole network of 10,000 subjects is one
reply of a megabyte; a sorted set holds their times. Both change in one script, in which a late point never
replaces a newer one. A subject that was not seen for a day is forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis

from navswap.auth.roles import Role
from navswap.features.positions.domain.device_clock import DeviceClock
from navswap.features.positions.domain.filter import MAX_AGE, Fixes, Rejection, Track
from navswap.features.positions.reading import LatestPosition
from navswap.kit.clock import epoch_milliseconds
from navswap.settings import Settings

ROLES = {role.value: role for role in Role}
FORGOTTEN_PER_REPORT = 50
"""Subjects that one report may drop for their age: enough to keep up, too few to be felt."""

REMEMBER = """
local seconds, before, forgotten = ARGV[1], ARGV[2], ARGV[3]
for at = 4, #ARGV, 4 do
  local subject, recorded, latest, track = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  redis.call('SET', KEYS[at / 4 + 2], track, 'EX', seconds)
  local known = redis.call('ZSCORE', KEYS[2], subject)
  if latest ~= '' and (not known or tonumber(recorded) > tonumber(known)) then
    redis.call('ZADD', KEYS[2], recorded, subject)
    redis.call('HSET', KEYS[1], subject, latest)
  end
end
for _, subject in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', before, 'LIMIT', 0, forgotten)) do
  redis.call('ZREM', KEYS[2], subject)
  redis.call('HDEL', KEYS[1], subject)
end
"""

LIST_ALL = "return '[' .. table.concat(redis.call('HVALS', KEYS[1]), ',') .. ']'"
"""One reply of one string: thousands of small replies would hold up the reader's event loop."""


class Remembered(NamedTuple):
    """What one report adds about a subject; `latest` None where no point was accepted."""

    latest: LatestPosition | None
    track: Track


class LatestPositions:
    """The latest positions and the tracks; every method raises RedisError or OSError while Redis is away."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        prefix = settings.redis_prefix + "positions:"
        self._redis = redis
        self._latest_key = prefix + "latest"
        self._times_key = prefix + "times"
        self._track_prefix = prefix + "fixes:"
        self._remember = redis.register_script(REMEMBER)
        self._list_all = redis.register_script(LIST_ALL)

    async def recall(self, subject_ids: Sequence[str]) -> dict[str, Track]:
        """Return the tracks that are remembered, in one round trip."""
        found = await self._redis.mget([self._track_prefix + subject_id for subject_id in subject_ids])
        return {
            subject_id: _track(text)
            for subject_id, text in zip(subject_ids, found, strict=True)
            if text is not None
        }

    async def remember(self, remembered: Mapping[str, Remembered], now: datetime) -> None:
        """Keep tracks, and latest positions unless a newer one is there, in one atomic round trip."""
        keys = [self._latest_key, self._times_key]
        arguments: list[str | int] = [
            int(MAX_AGE.total_seconds()),
            epoch_milliseconds(now - MAX_AGE),
            FORGOTTEN_PER_REPORT,
        ]
        for subject_id, (latest, track) in remembered.items():
            keys.append(self._track_prefix + subject_id)
            arguments += [
                subject_id,
                0 if latest is None else latest.recorded_milliseconds,
                "" if latest is None else orjson.dumps(list(latest)).decode(),
                _written(track),
            ]
        await self._remember(keys=keys, args=arguments)

    async def find(self, subject_ids: Sequence[str], now: datetime) -> dict[str, LatestPosition]:
        """Return the latest positions of some subjects; those not seen within a day are left out."""
        found = await self._redis.hmget(self._latest_key, list(subject_ids))
        positions = _recent([orjson.loads(text) for text in found if text is not None], now)
        return {position.subject_id: position for position in positions}

    async def list_all(self, now: datetime) -> list[LatestPosition]:
        """Return the latest position of each subject seen within a day."""
        return _recent(orjson.loads(await self._list_all(keys=[self._latest_key])), now)


def _columns(fixes: Fixes) -> list[Sequence[float]]:
    return [fixes.times, fixes.longitudes, fixes.latitudes]


def _written(track: Track) -> str:
    clock = [] if track.clock == DeviceClock() else list(astuple(track.clock))
    return orjson.dumps([_columns(track.recent), _columns(track.suspects), clock, track.rejection]).decode()


def _track(text: str | bytes) -> Track:
    recent, suspects, *more = orjson.loads(text)
    clock, rejection = more or ((), None)  # those of a version before have neither
    return Track(
        Fixes(*recent),
        Fixes(*suspects),
        DeviceClock(*clock),
        None if rejection is None else Rejection(rejection),
    )


def _recent(rows: Iterable[list[Any]], now: datetime) -> list[LatestPosition]:
    """Read what `remember` wrote, without what is too old; a subject is forgotten only with later reports."""
    oldest = epoch_milliseconds(now - MAX_AGE)
    return [
        LatestPosition(subject_id, ROLES[role], recorded, *rest)
        for subject_id, role, recorded, *rest in rows
        if recorded >= oldest
    ]
