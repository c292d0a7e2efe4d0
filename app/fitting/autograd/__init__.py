"""Our own backward passes: torch.autograd.Functions that differentiate any number of times."""
