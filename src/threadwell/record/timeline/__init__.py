"""Timeline: everything that happened with a customer, and the four answers; it reads, and keeps nothing."""
