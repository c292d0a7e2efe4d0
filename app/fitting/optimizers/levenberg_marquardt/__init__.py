"""Levenberg-Marquardt: damped trials, restricted steps, and the updates that refine a minimum."""
