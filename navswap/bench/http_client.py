"""The load generator for machines without wrk: a process of its own that sends one request from several connections."""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import uvloop

_OK = b" 200 "


def main() -> None:
    """Send the request that the file of the first argument describes, and print what came of it."""
    asked = json.loads(Path(sys.argv[1]).read_text())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(f"RESULT {json.dumps(runner.run(_load(asked)))}\n")


async def _load(asked: dict[str, Any]) -> dict[str, Any]:
    latencies: list[float] = []
    start = perf_counter()
    bad = sum(
        await asyncio.gather(
            *(_call(asked, start + asked["seconds"], latencies) for _ in range(asked["concurrency"]))
        )
    )
    taken, ordered = perf_counter() - start, sorted(latencies)
    quantiles = [ordered[min(len(ordered) * share // 100, len(ordered) - 1)] * 1e6 for share in range(1, 101)]
    return {
        "requests": len(latencies),
        "microseconds": taken * 1e6,
        "bad": {"status": bad},
        "quantiles": quantiles,
    }


async def _call(asked: dict[str, Any], end: float, latencies: list[float]) -> int:
    """Send requests over one connection until the time is over; return how many answers were not 200."""
    address = urlsplit(asked["url"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = asked["body"].encode()
    headers = {**asked["headers"], "host": address.netloc, "content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST {address.path} HTTP/1.1\r\n{lines}\r\n".encode() + body
    bad = 0
    while (began := perf_counter()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length_in(head))
        bad += _OK not in head[:16]
        latencies.append(perf_counter() - began)
    writer.close()
    return bad


def _length_in(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError("an answer without content-length")


if __name__ == "__main__":
    main()
