"""What packs are and how they change, without a database: custody, fitness, counts."""
