"""What can be wrong with an archive."""

from navswap.kit.errors import NavSwapError


class ArchiveError(NavSwapError):
    """The archive cannot be written or read: a full disk, a folder that is a file, an object store that is away."""

    code = "ARCHIVE_UNAVAILABLE"
