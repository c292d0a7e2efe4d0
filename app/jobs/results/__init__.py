"""Answers to readers: predictions and exports of a fit that has ended, and the catalogue."""
