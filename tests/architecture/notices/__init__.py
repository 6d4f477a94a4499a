"""Notices: a slice of the tests, as small as a slice can be that does everything once; `docs/adding.md` walks through it.

Owns `notices`. Publishes that one was posted. Reacts to the end of a session by withdrawing the notices of its user.
"""
