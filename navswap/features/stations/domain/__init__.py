"""What stations are and how they change, without a database: state, stock, and what faults keep out of use."""
