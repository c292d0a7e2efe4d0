"""The life of a fit: the table, the dispatcher, the cluster and its workers."""
