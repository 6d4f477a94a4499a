"""Credits: a double-entry ledger of what people earn and are owed.

One credit is a hundredth of the network's currency unit. Owns `credits` (the entries, append-only) and
`credit_accounts` (their sums). Publishes `credits.balance.changed`. Reacts to `swapping.swap.completed`: the bonus
that the rider was promised for an empty pack is paid. Other slices pay within their own transactions.
"""
