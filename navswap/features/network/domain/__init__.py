"""What the network overview decides: orders about packs, alerts, statistics, balances, zones."""
