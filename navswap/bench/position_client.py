"""The clients of the bench of positions, one process: reporters who send batches, and subscribers of areas.

Its argument is the path of a JSON file (`navswap.bench.movers` writes it). When each subscriber has its snapshot it prints READY. Then for each line
with a number of seconds the reporters send for so long; when the subscribers have been sent the newest position of every subject,
it writes what it saw to the file `seen` and prints DONE. The newest point of a batch is taken the moment it is sent, so
that the delay of an update is its age.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from time import perf_counter, time
from typing import Any

import orjson
import uvloop

from navswap.bench.websocket_client import Client, Counts

REPORT = (
    "mutation Report($input: ReportPositionsInput!) { reportPositions(input: $input) { "
    "__typename ... on ReportPositionsPayload { accepted } } }"
)
LAP_SECONDS = 400
STRIDE_DEGREES = 0.00005
"""How far a rider gets in a second, about 5 m."""
PATIENCE_SECONDS = 60.0
_SUBSCRIBED = b'"PositionsSnapshot"'


@dataclass
class Seen:
    """What the clients saw: seconds until answers and updates came, and the points that were accepted and were not."""

    answered: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    seconds: float = 0.0
    sent: dict[str, int] = field(default_factory=dict)
    """The newest point of each subject, in milliseconds since 1970, that no subscriber was sent yet."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def update(self, subject_id: str, recorded_at: str, now: float) -> None:
        """Note a position that a subscriber was sent."""
        moment = datetime.fromisoformat(recorded_at).timestamp()
        self.delays.append(now - moment)
        if self.sent.get(subject_id, 0) == round(moment * 1000):
            del self.sent[subject_id]
            if not self.sent:
                self.reached.set()


class Subscriber(Client):
    """One websocket that reads what it is sent."""

    is_reading = True

    def __init__(self, host: str, texts: list[str], counts: Counts, seen: Seen) -> None:
        super().__init__(host, texts, _SUBSCRIBED, counts)
        self._seen = seen
        self._is_behind_snapshot = False

    def frame(self, payload: bytes) -> None:
        """Note each position of an update."""
        if not self._is_behind_snapshot:
            self._is_behind_snapshot = _SUBSCRIBED in payload
            return
        now = time()
        message = orjson.loads(payload)
        for position in message["payload"]["data"]["positionsChanged"].get("positions", ()):
            self._seen.update(position["subjectId"], position["recordedAt"], now)


class Reporter:
    """One connection that sends a batch of points at a time, and waits for the answer."""

    def __init__(self, order: dict[str, Any], own: dict[str, Any], seen: Seen) -> None:
        self._order = order
        self._riders = cycle(own["riders"])
        self._seen = seen
        self._head = (
            f"POST /graphql HTTP/1.1\r\nhost: {order['host']}\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {own['token']}\r\ncontent-length: "
        )

    async def run(self, first: float, seconds: float) -> None:
        """Send a batch every so often, the first one after a while, later where answers are; raises ConnectionError."""
        reader, writer = await asyncio.open_connection(self._order["host"], self._order["port"])
        start, due = perf_counter(), first
        while due < seconds:
            await asyncio.sleep(start + due - perf_counter())
            began = perf_counter()
            body = self._batch()
            writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            answer = await reader.readexactly(_length_in(head))
            ended = perf_counter()
            self._seen.answered.append(ended - began)
            accepted = _accepted_in(answer)
            self._seen.accepted += accepted
            self._seen.rejected += self._order["points"] - accepted
            due = max(due + self._order["every"], ended - start)
        writer.close()

    def _batch(self) -> bytes:
        """Return points of the next riders, or of one rider over the time since the last batch."""
        now, size = time(), self._order["points"]
        apart = 0.0 if self._order["of_many"] else self._order["every"] / size
        rider = next(self._riders)
        positions = []
        for number in range(size):
            at = now - apart * (size - 1 - number)
            positions.append(_position(rider, at))
            if number == size - 1 or self._order["of_many"]:
                self._seen.sent[rider["id"]] = int(at * 1000)
            if self._order["of_many"] and number < size - 1:
                rider = next(self._riders)
        return orjson.dumps({"query": REPORT, "variables": {"input": {"positions": positions}}})


def _position(rider: dict[str, Any], at: float) -> dict[str, Any]:
    strides = abs((at + rider["ahead"]) % LAP_SECONDS - LAP_SECONDS / 2)
    moment = datetime.fromtimestamp(int(at * 1000) / 1000, UTC)
    return {
        "subjectId": rider["id"],
        "longitude": rider["longitude"] + strides * STRIDE_DEGREES,
        "latitude": rider["latitude"],
        "recordedAt": moment.isoformat(timespec="milliseconds"),
        "accuracy": 8.0,
        "speedMetresPerSecond": 5.0,
        "headingDegrees": 90.0,
    }


def _length_in(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ConnectionError(f"an answer without content-length: {head!r}")


def _accepted_in(answer: bytes) -> int:
    payload = (orjson.loads(answer).get("data") or {}).get("reportPositions") or {}
    if "accepted" not in payload:
        raise ConnectionError(answer.decode())
    return int(payload["accepted"])


async def _run(order: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    counts, seen = Counts(len(order["subscribers"])), Seen()
    for texts in order["subscribers"]:
        client = Subscriber(order["host"], texts, counts, seen)
        await loop.create_connection(lambda client=client: client, order["host"], order["port"])  # type: ignore[misc]  # bound at once
    await counts.wait()
    _say("READY")
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        seen.answered.clear()
        seen.delays.clear()
        seen.accepted = seen.rejected = 0
        # Within that time the points of a phone would overlap those of its last batch, and some be of the same millisecond.
        await asyncio.sleep(order["every"])
        await _report(order, seen, float(line))
        _write(seen, Path(order["seen"]))
        seen.sent.clear()
        _say("DONE")


async def _report(order: dict[str, Any], seen: Seen, seconds: float) -> None:
    own, start = order["reporters"], perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, reporter in enumerate(own):
            first = number * order["every"] / len(own)
            group.create_task(Reporter(order, reporter, seen).run(first, seconds))
    seen.seconds = perf_counter() - start
    if seen.sent:
        seen.reached.clear()  # between two batches nothing may have been on its way
        try:
            await asyncio.wait_for(seen.reached.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            return


def _write(seen: Seen, path: Path) -> None:
    found = {
        "answered": seen.answered,
        "delays": seen.delays,
        "accepted": seen.accepted,
        "rejected": seen.rejected,
        "unseen": len(seen.sent),
        "seconds": seen.seconds,
    }
    path.write_bytes(orjson.dumps(found))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(json.loads(Path(sys.argv[1]).read_text())))
