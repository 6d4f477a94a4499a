"""The consistency check: facts that must hold whatever happened, each a small class, examined on a live database.

One snapshot of the database is read by all invariants, so that what they compare belongs to one moment although
the network goes on. A check changes nothing.
"""
