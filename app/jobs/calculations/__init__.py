"""Calculations in processes beside the service's own, so that none holds up its answers."""
