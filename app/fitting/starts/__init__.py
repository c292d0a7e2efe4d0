"""What is found from the data before the first step: start values, degrees, thresholds."""
