"""Puts load on an HTTP server from a process of its own: by wrk where it is installed, else by a client written in Python."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from navswap.bench.errors import BenchError
from navswap.bench.load import Round

_WRK_SCRIPT = """
wrk.method = "POST"
wrk.body = [==[%(body)s]==]
%(headers)s
done = function(summary, latency, requests)
  local parts = {}
  for share = 1, 100 do parts[share] = string.format("%%d", latency:percentile(share == 100 and 99.9 or share)) end
  local bad = summary.errors
  local kinds = string.format('"connect": %%d, "read": %%d, "write": %%d, "status": %%d, "timeout": %%d',
    bad.connect, bad.read, bad.write, bad.status, bad.timeout)
  io.write(string.format('\\nRESULT {"requests": %%d, "microseconds": %%d, "bad": {%%s}, "quantiles": [%%s]}\\n',
    summary.requests, summary.duration, kinds, table.concat(parts, ",")))
end
"""
_QUANTILES = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is sent again and again: a POST of JSON."""

    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]


def generator() -> str:
    """Return what makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else "asyncio"


async def put_load(call: Call, *, concurrency: int, seconds: float) -> Round:
    """Send a request from so many connections for so long; raises BenchError where an answer is not a good one."""
    with tempfile.TemporaryDirectory(prefix="navswap-load-") as folder:
        command = _command(call, Path(folder), concurrency, seconds)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            output, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    results = [line[7:] for line in output.decode().splitlines() if line.startswith("RESULT ")]
    if process.returncode or not results:
        raise BenchError(f"The load generator failed: {complaint.decode()[-500:] or output.decode()[-500:]}")
    return _round_of(json.loads(results[-1]), call)


def _command(call: Call, folder: Path, concurrency: int, seconds: float) -> list[str]:
    body = json.dumps(call.body)
    headers = {"content-type": "application/json", **call.headers}
    wrk = shutil.which("wrk")
    if wrk is None:
        asked = folder / "call.json"
        asked.write_text(
            json.dumps(
                {
                    "url": call.url,
                    "body": body,
                    "headers": headers,
                    "seconds": seconds,
                    "concurrency": concurrency,
                }
            )
        )
        return [sys.executable, "-m", "navswap.bench.http_client", str(asked)]
    lines = "\n".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()
    )
    script = folder / "call.lua"
    script.write_text(_WRK_SCRIPT % {"body": body, "headers": lines})
    whole_seconds = max(1, round(seconds))
    return [
        wrk,
        "-t1",
        f"-c{concurrency}",
        f"-d{whole_seconds}s",
        "--timeout",
        "30s",
        "--latency",
        "-s",
        str(script),
        call.url,
    ]


def _round_of(result: Mapping[str, Any], call: Call) -> Round:
    """Return a round whose latencies are those of the quantiles, each as often as it stands for."""
    requests = int(result["requests"])
    bad = {kind: count for kind, count in result["bad"].items() if count}
    if not requests or bad:
        raise BenchError(f"Of {requests} answers of {call.url} these were no good ones: {bad}.")
    quantiles = [microseconds / 1e6 for microseconds in result["quantiles"]]
    latencies = [
        quantiles[min(number * _QUANTILES // requests, len(quantiles) - 1)] for number in range(requests)
    ]
    return Round(latencies, result["microseconds"] / 1e6)
