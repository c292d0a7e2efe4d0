"""The database: the one truth about fits."""
