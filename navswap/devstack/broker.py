"""The process behind the embedded Kafka-protocol broker: librdkafka's mock cluster of one broker.

It keeps nothing on disk and about 5 MB a partition in memory. Topics come by themselves on first use, with four
partitions; creating one fails. A consumer group has one member.
"""

import signal
import sys

from confluent_kafka import Producer

from navswap.devstack.kafka import ADDRESS_MARK


def main() -> None:
    """Hold a broker on a free loopback port, write its address on standard output, and wait for a signal."""
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 4})
    (broker,) = cluster.list_topics(timeout=20).brokers.values()
    sys.stdout.write(f"{ADDRESS_MARK}{broker.host}:{broker.port}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
