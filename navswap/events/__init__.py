"""Facts on their way: outbox → relay → Kafka → consumers and the live hub.

A state change and its event commit in one MongoDB transaction. The relay hands events to Kafka at least once,
in order per aggregate; consumers drop a repeated event id; the hub feeds subscriptions.
"""
