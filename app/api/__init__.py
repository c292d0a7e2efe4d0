"""HTTP only: a router per resource; knows no tensors."""
