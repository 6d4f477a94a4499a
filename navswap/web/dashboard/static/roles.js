// The sets of roles that the API names, as in `navswap/auth/roles.py`.

/** Who also sees what concerns other persons: their shifts, jobs and credits. */
export const AUDITORS = ["ADMIN", "ANALYST"];

/** Who sees the whole operation. */
export const OVERSEERS = ["ADMIN", "ANALYST", "STAFF"];

/** Who acts on stations and packs. */
export const OPERATORS = ["ADMIN", "STAFF"];
