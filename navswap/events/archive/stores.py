"""Where an archive is kept: a folder, or an object store that a URL names."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from navswap.events.archive.errors import ArchiveError

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Bucket


class Store(Protocol):
    """Files below one root; a path is relative, with slashes. Each method may raise ArchiveError."""

    def put(self, path: str, content: bytes) -> None:
        """Write a file whole or not at all, in place of one of that name; once this returns it outlives a crash."""
        ...

    def files(self, folder: str = "") -> Iterator[tuple[str, int]]:
        """Yield the path and the size in bytes of each file below a folder, in no order."""
        ...

    def delete(self, path: str) -> None:
        """Delete a file; harmless where there is none."""
        ...

    def location(self, path: str) -> str:
        """Return what Polars reads a file by."""
        ...


def open_store(root: "str | Path | Store") -> Store:
    """Return a store as it is, or that of a folder, of a file:// URL, or of an object store: s3://, gs://, az:// and the like.

    Nothing is written yet. An object store's credentials come from the environment (AWS_…, GOOGLE_…, AZURE_…) or from the
    machine's role.
    """
    if not isinstance(root, str | Path):
        return root
    text = str(root)
    parts = urlsplit(text)
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    if "://" not in text:
        return FolderStore(Path(text))
    return ObjectStore(text)


class FolderStore:
    """An archive in a folder, which is created when something is written."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, content: bytes) -> None:
        """Write beside, bring to the disk, and rename."""
        target = self._root / path
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.draft")
        with _as_archive_error(f"{target} cannot be written"):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(target)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)

    def files(self, folder: str = "") -> Iterator[tuple[str, int]]:
        """Walk the folder; a file that another process deletes meanwhile is left out."""
        with _as_archive_error(f"{self._root} cannot be read"):
            for path in (self._root / folder).rglob("*.parquet"):
                with contextlib.suppress(FileNotFoundError):
                    yield path.relative_to(self._root).as_posix(), path.stat().st_size

    def delete(self, path: str) -> None:
        """Delete the file, and its folder where it was the last."""
        target = self._root / path
        with _as_archive_error(f"{target} cannot be deleted"):
            target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a folder that still holds something stays
            target.parent.rmdir()

    def location(self, path: str) -> str:
        """Return the path of the file."""
        return str(self._root / path)


class ObjectStore:
    """An archive in an object store; each object appears whole, or not at all, by the store's own promise."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._opened: Bucket | None = None

    def put(self, path: str, content: bytes) -> None:
        """Put the object."""
        with _as_archive_error(f"{self._url}/{path} cannot be written"):
            self._bucket().put(path, content)

    def files(self, folder: str = "") -> Iterator[tuple[str, int]]:
        """List the objects."""
        with _as_archive_error(f"{self._url} cannot be read"):
            for batch in self._bucket().list(folder or None):
                for found in batch:
                    yield found["path"], found["size"]

    def delete(self, path: str) -> None:
        """Delete the object."""
        with (
            _as_archive_error(f"{self._url}/{path} cannot be deleted"),
            contextlib.suppress(FileNotFoundError),
        ):
            self._bucket().delete(path)

    def location(self, path: str) -> str:
        """Return the URL of the object."""
        return f"{self._url}/{path}"

    def _bucket(self) -> "Bucket":
        if self._opened is None:
            from obstore.store import from_url  # noqa: PLC0415 - only an archive in an object store needs it

            self._opened = from_url(self._url)
        return self._opened


@contextlib.contextmanager
def _as_archive_error(what: str) -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:  # each object store has errors of its own
        raise ArchiveError(f"{what}: {error}") from error


def _sync_folder(folder: Path) -> None:
    """Bring the renamed entry to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
