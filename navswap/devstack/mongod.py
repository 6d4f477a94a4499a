"""MongoDB as a replica set of one, so that transactions work."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from navswap.devstack.binaries import find_binary
from navswap.devstack.child import Child, Grace, wait_until_ready
from navswap.devstack.errors import DevStackError
from navswap.devstack.ports import LOOPBACK, free_port, is_listening

REPLICA_SET = "navswap"
TRANSACTION_LIFETIME_SECONDS = 15
"""When MongoDB gives up a transaction that its process has left behind by dying; until then nothing else can write the
same documents. It is longer than an operation may work in the database. The default is 60."""
NOT_YET_INITIALIZED = 94
READING_CONFIGURATION = {23, 109}
"""AlreadyInitialized, ConfigurationInProgress: a server that starts on the data of another port says so for a while."""

Client = MongoClient[dict[str, Any]]


class Mongod:
    """A `mongod` child on a free loopback port, the same at every start; its data stay in `data_dir`."""

    title = "MongoDB"

    def __init__(self, data_dir: Path, log: Path, *, held: Sequence[int] = ()) -> None:
        self._data_dir = data_dir
        self._log = log
        self._port = free_port()
        self._held = held
        self.child: Child | None = None

    def start(self) -> str:
        """Start the server, make it primary and return its URL; raises DevStackError."""
        binary = find_binary("mongod")
        self._data_dir.mkdir(parents=True, exist_ok=True)
        port = self._port
        self.child = child = Child(
            self.title, self._command(binary, port), self._log, grace=Grace(30), held=self._held
        )
        wait_until_ready(child, lambda: is_listening(port), reason=lambda: _last_error(child))
        try:
            with Client(LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=60_000) as client:
                wait_until_ready(
                    child,
                    lambda: _is_primary(client, f"{LOOPBACK}:{port}"),
                    reason=lambda: _last_error(child),
                )
        except PyMongoError as error:
            self.stop()
            raise DevStackError(
                f"MongoDB started but its replica set did not: {error} (log: {self._log})"
            ) from error
        return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"

    def stop(self) -> None:
        """End the server with a clean shutdown."""
        if self.child is not None:
            self.child.stop()

    def _command(self, binary: Path, port: int) -> list[str]:
        return [
            str(binary),
            *("--replSet", REPLICA_SET),
            *("--bind_ip", LOOPBACK),
            *("--port", str(port)),
            *("--dbpath", str(self._data_dir)),
            *("--wiredTigerCacheSizeGB", "0.5"),
            *("--oplogSize", "512"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_SECONDS}"),
            "--nounixsocket",
            "--quiet",
        ]


def _is_primary(client: Client, address: str) -> bool:
    """Have the server become primary, and return whether it is.

    One that does not find itself in its configuration closes its connections, once, at some moment after it began to listen.
    """
    try:
        _ensure_member(client, address)
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except AutoReconnect:
        return False
    except OperationFailure as error:
        if error.code not in READING_CONFIGURATION:
            raise
        return False


def _ensure_member(client: Client, address: str) -> None:
    """Make the server the only member of its replica set, also when its port is another than last time."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        members = [{"_id": 0, "host": address}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return
    if config["members"][0]["host"] != address:
        config["members"][0]["host"] = address
        config["version"] += 1
        # The server does not find itself in the old configuration, so there is no primary to ask.
        client.admin.command("replSetReconfig", config, force=True)


def _last_error(child: Child) -> str:
    """Return the last error that mongod's JSON log explains, else its last line."""
    lines = child.last_lines(200)
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            return line
        error = entry.get("attr", {}).get("error")
        if entry.get("s") in {"E", "F"} and error:
            detail = error.get("errmsg", "") if isinstance(error, dict) else error
            return f"{entry['msg']}: {detail}"
    return lines[-1] if lines else ""
