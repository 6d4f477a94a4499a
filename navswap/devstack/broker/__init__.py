"""The embedded Kafka-protocol broker: one process, everything in memory, for development, tests and benches.

It speaks what NavSwap's clients speak, one version of each request. A fetch that finds nothing is answered as soon as something is
appended, as Apache Kafka does, and may be one of a session. Topics come by themselves on first use; none is created or deleted by request, for there is no controller.
Records, committed offsets and groups end with the process.
"""
