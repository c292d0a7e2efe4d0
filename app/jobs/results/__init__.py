"""What a reader asks for once a fit has ended."""
