"""Who asks, and how that is proven: roles, principals, passwords, tokens."""
