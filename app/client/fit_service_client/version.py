"""The version of the client, which is that of the service it was made with."""

__version__ = "0.2.0"
