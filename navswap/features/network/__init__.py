"""The network overview: the whole network at a glance, what it did, and what is done to it by hand.

Owns `fleet_orders` (what was done with packs by a selection) and `network_moments` (all stations every two minutes, for a
day); all else it reads of the slices below through their services; the audit log of what people did (`audit_log`) is written
with each change. Publishes nothing of its own. Reacts to any fact
by showing the network again.
"""
