"""Files that are packed: gzip, and ZIP archives with one list of stations inside, such as KMZ."""

import gzip
import io
import re
import zipfile
import zlib

from navswap.seeding.formats.kinds import refuse_archive
from navswap.seeding.formats.rows import UnreadableNetworkError

MOST_BYTES = 256 * 1024 * 1024
"""Of what is unpacked; a national register has a tenth of it."""
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LIST = re.compile(
    r".+\.(csv|tsv|json|geojson|geojsonl|ndjson|jsonl|kml|gpx|xml|xlsx|xlsm|xlsb|xls|ods)", re.IGNORECASE
)
_BESIDE = re.compile(r"(.*/)?(__MACOSX/.*|\..*)|.*/")
"""What a Mac puts beside the files of an archive, hidden files, and folders."""


def unpacked(data: bytes) -> tuple[bytes, list[str]]:
    """Return what a packed file holds, and notes; any other file as it is. Raises UnreadableNetworkError where it is not one list."""
    if data.startswith(_GZIP):
        return _of_gzip(data), ["The file was unpacked with gzip."]
    if not data.startswith(_ZIP):
        return data, []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if not _BESIDE.fullmatch(name)]
            refuse_archive(names)
            lists = [name for name in names if _LIST.fullmatch(name)] or [
                name for name in names if name.lower().endswith(".txt")
            ]
            if len(lists) != 1:
                raise UnreadableNetworkError(_several(names, lists))
            with archive.open(lists[0]) as inside:
                read = inside.read(MOST_BYTES + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        NotImplementedError,
        OSError,
        RuntimeError,
    ) as error:
        raise UnreadableNetworkError(
            "this is a broken ZIP archive or workbook, or one with a password; save the list as CSV UTF-8"
        ) from error
    return _bounded(read), [f"The file is {lists[0][:80]} inside the ZIP archive."]


def _of_gzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            return _bounded(packed.read(MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableNetworkError(
            f"this file is compressed with gzip, and broken: {error}; fetch it again, or unpack it first (gunzip FILE)"
        ) from error


def _bounded(read: bytes) -> bytes:
    if len(read) > MOST_BYTES:
        raise UnreadableNetworkError(
            f"what is packed in this file is larger than {MOST_BYTES // 1024**2} MB; unpack it, and give the list of stations"
        )
    return read


def _several(names: list[str], lists: list[str]) -> str:
    if lists:
        return f"this ZIP archive holds several lists ({', '.join(lists[:4])[:160]}); unpack it and give that of the stations"
    return f"this is a ZIP archive; unpack it first (it holds {', '.join(names[:3])[:120] or 'nothing'})"
