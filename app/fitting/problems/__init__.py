"""What an optimizer works on: data, model and loss as a function of the parameters."""
