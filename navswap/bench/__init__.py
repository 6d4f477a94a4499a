"""Measures use cases beside a raw reference that does the same with the bare driver, on the same servers, in turns.

Owns no data: what a bench writes has names of its own and is removed when it ends. Nothing imports it but the command
line.
"""
