"""What is decided about staff, without a database: who is on shift, who goes where, and the life of an assignment."""
