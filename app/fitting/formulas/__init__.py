"""Formulas: from text to tree to differentiable torch function, and what can be read from the tree."""
