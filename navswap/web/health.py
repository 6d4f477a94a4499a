"""Whether a process lives and whether it can serve."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

Check = Callable[[], Awaitable[None]]


def routes(required: Mapping[str, Check], useful: Mapping[str, Check]) -> list[BaseRoute]:
    """Return `/healthz` (the process lives) and `/readyz` (its parts answer).

    A required part that fails makes the process unready (503); without a useful one it serves on, degraded.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        parts = {name: await _state(check) for name, check in {**required, **useful}.items()}
        ready = all(parts[name] == "ok" for name in required)
        status = "ready" if ready else "unready"
        if ready and any(state != "ok" for state in parts.values()):
            status = "degraded"
        return JSONResponse({"status": status, "parts": parts}, status_code=200 if ready else 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _state(check: Check) -> str:
    try:
        await check()
    except Exception as error:  # noqa: BLE001 - whatever a part raises, it does not answer
        return f"{type(error).__name__}: {error}"[:200]
    return "ok"
