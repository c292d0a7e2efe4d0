"""Machine code of training steps."""
