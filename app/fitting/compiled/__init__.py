"""Training loops compiled to machine code: traced from the same steps, with the backward of our own Functions.

A loop is compiled once for a shape (formula, optimizer, kind of loss), for any number of steps, points and fits at
once, by a process of its own, and kept as a file that any worker loads in milliseconds, without a compiler.
"""
