"""Numbers and small linear systems that torch has not."""
