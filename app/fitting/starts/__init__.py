"""The settings that follow from the data before the first step: start values, degrees, thresholds."""
