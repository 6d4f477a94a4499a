"""The reference of lists: a Starlette route that dumps with orjson objects that it has at hand, and does nothing else."""

import os
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWERS = "NAVSWAP_BENCH_ANSWERS"
"""Environment variable that names the file of the answers, a JSON object by the name of the route."""


def build_app() -> Starlette:
    """Return an app with one route for each answer; uvicorn calls it."""
    answers = orjson.loads(Path(os.environ[ANSWERS]).read_bytes())

    async def answer(request: Request) -> Response:
        return Response(orjson.dumps(answers[request.path_params["name"]]), media_type="application/json")

    return Starlette(routes=[Route("/{name}", answer, methods=["GET", "POST"])])
