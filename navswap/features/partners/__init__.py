"""Partner shops: who stores packs, where, when, how many, and what for.

Owns `partner_shops`, `storage_plans`, `storage_requests` and `storage_stays`. A request is offered to a shop, which
keeps the places free until it answers; each night that a pack stays is paid once, from the credits ledger. Publishes
`partners.storage_request.*` and `partners.shop.changed`. Reacts to nothing: packs come and go through its own use cases.
"""
