"""Credits: a double-entry ledger of what people earn and are owed.

One credit is a hundredth of the network's currency unit. Owns `credits` (the entries, append-only) and
`credit_accounts` (their sums). Publishes `credits.balance.changed`. Reacts to nothing yet: other slices pay within
their own transactions.
"""
