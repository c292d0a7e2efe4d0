"""A fit as the table keeps it, and the problem that it poses."""
