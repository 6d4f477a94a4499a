"""What partners decides, without a database: which shop stores what, the life of a request, which nights are paid."""
