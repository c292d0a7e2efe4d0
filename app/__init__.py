"""fit-service: curve fitting over HTTP, trained by custom PyTorch autograd functions."""
