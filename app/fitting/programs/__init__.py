"""Machine code of the steps of a training, made of our own steps as they run."""
