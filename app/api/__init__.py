"""The HTTP interface: a router for each resource. It knows no tensors."""
