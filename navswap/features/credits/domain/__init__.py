"""What the ledger decides, without a database: which postings are possible, and what they make of the accounts."""
