"""Positions: where each vehicle and person is now, and was.

Owns the GPS log, the latest positions and the filter's memory in Redis, and the hub of live positions in each web
process. Publishes no events; it sends GPS batches to the topic `positions` and reads them once, for its log and for the
slices that follow logged positions. Reacts to nothing.
"""
