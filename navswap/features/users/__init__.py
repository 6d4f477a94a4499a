"""Users: who people are, their one role, and their sessions.

Owns `users` and `sessions`. Publishes `users.session.ended`. Reacts to nothing.
"""
