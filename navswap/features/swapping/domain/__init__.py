"""What swapping decides, without a database: holds, scans, swaps, moves, recommendations and bonuses."""
