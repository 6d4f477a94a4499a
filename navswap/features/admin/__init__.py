"""Administration: the whole network at a glance, what it did, and what is done to it by hand.

Owns nothing: it reads every slice below through its service; the journal of what people did (`audit_log`) is written
with each change. Publishes nothing. Reacts to any fact by showing the network anew.
"""
