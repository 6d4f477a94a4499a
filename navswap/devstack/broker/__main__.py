"""The process of the broker: `python -m navswap.devstack.broker`."""

import asyncio
import gc
import signal
import sys

import uvloop

from navswap.devstack.broker.connection import listen
from navswap.devstack.kafka import ADDRESS_MARK


async def serve() -> None:
    """Hold a broker on a free loopback port, write its address on standard output, and wait for a signal."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server, host, port = await listen()
    gc.collect()
    gc.freeze()
    sys.stdout.write(f"{ADDRESS_MARK}{host}:{port}\n")
    sys.stdout.flush()
    await ended.wait()
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
