"""The network as a GBFS 3.0 feed below `/gbfs`, for map applications that speak no GraphQL.

Public, as are the same fields of the API. A feed is built from the read model at most once in its `ttl`, and keeps its version
while nothing in it changes: a client that sends its ETag gets 304.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from navswap.features.packs.service import PackModelService
from navswap.features.stations.service import Station, StationFilter, StationReader
from navswap.infra.compression import Encoding, compressed, preferred_encoding
from navswap.kit.clock import Clock
from navswap.web.gbfs import feeds
from navswap.web.gbfs.feeds import VERSION, System, Values, moment
from navswap.web.security import SECURITY_HEADERS

__all__ = ["System", "routes"]

LIVE_SECONDS: Final = 10
"""How long a client may keep the status of stations; the read model is at most as old."""
STEADY_SECONDS: Final = 300
"""The same for what rarely changes."""
LARGEST_NETWORK: Final = 100_000
_STATUS: Final = "station_status"
_HEADERS: Final[Mapping[str, str]] = {
    **SECURITY_HEADERS,
    "access-control-allow-origin": "*",  # public data, for maps on any page
    "content-type": "application/json; charset=utf-8",
    "vary": "accept-encoding",
}

Build = Callable[[], Awaitable[Values]]


def routes(system: System, reader: StationReader, models: PackModelService, clock: Clock) -> list[BaseRoute]:
    """Return `/gbfs/3/<feed>.json` for each feed, and `/gbfs/gbfs.json`, where a client begins."""
    builders = _builders(system, reader, models, clock)
    kept = {
        name: _Feed(build, LIVE_SECONDS if name == _STATUS else STEADY_SECONDS, clock)
        for name, build in builders.items()
    }

    async def send(request: Request) -> Response:
        feed = kept.get(request.path_params.get("feed", "gbfs"))
        return (
            Response(status_code=404, headers=SECURITY_HEADERS) if feed is None else await feed.send(request)
        )

    return [Route("/gbfs/gbfs.json", send), Route("/gbfs/3/{feed}.json", send)]


def _builders(
    system: System, reader: StationReader, models: PackModelService, clock: Clock
) -> dict[str, Build]:
    async def stations() -> list[Station]:
        found = await reader.list_page(StationFilter(), after=None, limit=LARGEST_NETWORK)
        return [each.station for each in found]

    async def gbfs() -> Values:
        return feeds.discovery(system, [name for name in builders if name != "gbfs"])

    async def gbfs_versions() -> Values:
        return feeds.versions(system)

    async def system_information() -> Values:
        return feeds.system_information(system, await stations())

    async def vehicle_types() -> Values:
        return feeds.vehicle_types(system, await models.list_all())

    async def station_information() -> Values:
        return feeds.station_information(system, await stations())

    async def station_status() -> Values:
        return feeds.station_status(await stations(), clock.now())

    builds = (gbfs, gbfs_versions, system_information, vehicle_types, station_information, station_status)
    builders: dict[str, Build] = {build.__name__: build for build in builds}
    return builders


@dataclass(frozen=True, slots=True)
class _Version:
    """A feed as it is sent: its version, its content, and until when it is good."""

    etag: str
    content: bytes
    good_until: datetime
    _compressed: dict[Encoding, bytes] = field(default_factory=dict)

    def compressed(self, encoding: Encoding) -> bytes:
        """Return the feed in a coding; it is written once."""
        if encoding not in self._compressed:
            self._compressed[encoding] = compressed(self.content, encoding, is_sent_often=True)
        return self._compressed[encoding]


class _Feed:
    """One feed: built when it is asked for and its `ttl` is over, with the time of its last change."""

    def __init__(self, build: Build, ttl_seconds: int, clock: Clock) -> None:
        self._build, self._ttl_seconds, self._clock = build, ttl_seconds, clock
        self._kept: _Version | None = None

    async def send(self, request: Request) -> Response:
        """Answer with the feed, or that the client has it."""
        version = await self._current()
        headers = {
            **_HEADERS,
            "etag": version.etag,
            "cache-control": f"public, max-age={self._ttl_seconds}",
        }
        if version.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        encoding = preferred_encoding(request.headers.get("accept-encoding", ""))
        if encoding is None:
            return Response(version.content, headers=headers)
        return Response(version.compressed(encoding), headers={**headers, "content-encoding": encoding})

    async def _current(self) -> _Version:
        now = self._clock.now()
        kept = self._kept
        if kept is not None and now < kept.good_until:
            return kept
        data = orjson.dumps(await self._build())
        etag = f'W/"{hashlib.sha256(data).hexdigest()[:16]}"'
        good_until = now + timedelta(seconds=self._ttl_seconds)
        if kept is not None and kept.etag == etag:
            self._kept = replace(kept, good_until=good_until)
            return self._kept
        content = orjson.dumps(
            {
                "last_updated": moment(now),
                "ttl": self._ttl_seconds,
                "version": VERSION,
                "data": orjson.Fragment(data),
            }
        )
        self._kept = _Version(etag, content, good_until)
        return self._kept
