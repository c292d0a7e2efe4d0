"""Figures of fits as files: SVG, PNG, PDF. They know numbers and words, but no database and no HTTP."""
