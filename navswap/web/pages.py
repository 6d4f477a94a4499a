"""A page of our own: its HTML under a strict policy, and the files that it loads, each kept by its version."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from navswap.infra.compression import compressed, preferred_encoding
from navswap.web.security import SECURITY_HEADERS

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Page:
    """The page of a package at a path: its `page.html`, and what lies in its folder `static`, below `/<name>/`.

    The page names each file with its version, so that a browser never has to ask for it again. `allowed` is its content
    security policy by directive; `{nonce}` in it, and in the page, is new for each answer. `made` are further files by name.
    """

    def __init__(
        self,
        package: str,
        path: str,
        name: str,
        allowed: Mapping[str, str],
        *,
        made: Mapping[str, bytes] | None = None,
    ) -> None:
        self._path = path
        self._name = name
        self._policy = "; ".join(f"{directive} {source}" for directive, source in allowed.items())
        self._files = {
            entry.name: entry.read_bytes()
            for entry in (files(package) / "static").iterdir()
            if entry.is_file()
        } | dict(made or {})
        self._versions = {
            file: hashlib.sha256(content).hexdigest()[:16] for file, content in self._files.items()
        }
        self._html = re.sub(
            rf'"/{name}/([^"]+)"',
            lambda found: f'"/{name}/{found[1]}?v={self._versions[found[1]]}"',
            (files(package) / "page.html").read_text("utf-8"),
        )
        self._compressed = cache(
            lambda file, encoding: compressed(self._files[file], encoding, is_sent_often=True)
        )

    def routes(self) -> list[BaseRoute]:
        """Return the page and the files that it loads."""
        return [Route(self._path, self._show), Route(f"/{self._name}/{{file}}", self._send)]

    async def _show(self, _request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {
            **SECURITY_HEADERS,
            "content-security-policy": self._policy.replace("{nonce}", nonce),
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
        }
        return Response(self._html.replace("{nonce}", nonce), headers=headers)

    async def _send(self, request: Request) -> Response:
        file = request.path_params["file"]
        if file not in self._files:
            return Response(status_code=404, headers=SECURITY_HEADERS)
        version = self._versions[file]
        is_of_version = request.query_params.get("v") == version
        headers = {
            **SECURITY_HEADERS,
            "cache-control": _FOR_EVER if is_of_version else "no-cache",
            "etag": f'W/"{version}"',
            "vary": "accept-encoding",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = _MEDIA_TYPES[file.rpartition(".")[2]]
        encoding = preferred_encoding(request.headers.get("accept-encoding", ""))
        if encoding is None:
            return Response(self._files[file], headers=headers)
        return Response(self._compressed(file, encoding), headers={**headers, "content-encoding": encoding})
