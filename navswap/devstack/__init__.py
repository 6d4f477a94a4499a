"""MongoDB, Redis and a Kafka-protocol broker as child processes that never outlive their parent."""
