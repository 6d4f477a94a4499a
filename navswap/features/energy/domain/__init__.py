"""What energy decides, without a database: prices, which pack charges when, sheds, and what a meter reading means."""
