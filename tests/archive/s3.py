"""A small S3 server in memory: the requests that the clients of an archive make, path-style; signatures are not checked."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from xml.sax.saxutils import escape, unescape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WRITTEN_AT = datetime(2026, 3, 2, tzinfo=UTC)


def s3_server(objects: dict[str, bytes]) -> Starlette:
    """Return a server that keeps what it is sent in `objects`, by bucket and key."""

    async def delete_objects(request: Request) -> Response:
        keys = [unescape(key) for key in re.findall(r"<Key>(.*?)</Key>", (await request.body()).decode())]
        for key in keys:
            objects.pop(f"{request.path_params['bucket']}/{key}", None)
        deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return Response(f"<DeleteResult>{deleted}</DeleteResult>", media_type="application/xml")

    async def list_objects(request: Request) -> Response:
        bucket, prefix = request.path_params["bucket"], request.query_params.get("prefix", "")
        found = sorted(path for path in objects if path.startswith(f"{bucket}/{prefix}"))
        contents = "".join(
            f"<Contents><Key>{escape(path.partition('/')[2])}</Key><Size>{len(objects[path])}</Size>"
            f"<LastModified>2026-03-02T00:00:00.000Z</LastModified><ETag>&quot;{_etag(objects[path])}&quot;</ETag></Contents>"
            for path in found
        )
        body = f"<ListBucketResult><KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        return Response(body, media_type="application/xml")

    async def one_object(request: Request) -> Response:
        path = f"{request.path_params['bucket']}/{request.path_params['key']}"
        if request.method == "PUT":
            objects[path] = await request.body()
            return Response(headers={"ETag": f'"{_etag(objects[path])}"'})
        if path not in objects:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404, media_type="application/xml")
        return _content(request, objects[path])

    return Starlette(
        routes=[
            Route("/{bucket}", list_objects, methods=["GET"]),
            Route("/{bucket}", delete_objects, methods=["POST"]),
            Route("/{bucket}/{key:path}", one_object, methods=["GET", "HEAD", "PUT"]),
        ]
    )


def _content(request: Request, content: bytes) -> Response:
    """Return an object, or the range of it that is asked for."""
    headers = {"ETag": f'"{_etag(content)}"', "Last-Modified": format_datetime(WRITTEN_AT, usegmt=True)}
    if (wanted := request.headers.get("range")) is None:
        return Response(content, headers=headers)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, headers=headers)


def _etag(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()
