"""Faults: reported, contained at once, repaired by playbook, analysis or people, and closed.

Owns `faults` (with the commands that were tried), `tickets` and `station_links` (when a station was last seen).
Publishes `faults.fault.*`, `faults.command.*` and `faults.ticket.*`. Reacts to nothing: telemetry, people and the
clock bring faults, and what they touch is paused in the transaction that raises them.
"""
