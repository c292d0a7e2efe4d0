"""The service side of training: who works on what."""
