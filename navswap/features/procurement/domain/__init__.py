"""What procurement decides, without a database: how many packs a depot lacks, and the life of an order."""
