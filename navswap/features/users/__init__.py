"""Users: who people are, their one role, their sessions, and what riders ride.

Owns `users`, `sessions` and `vehicles`. Publishes `users.session.ended`. Reacts to nothing.
"""
