"""Accounts, sessions and vehicles, without a database."""
