"""The command that starts the service: `python -m app` or `fit-service`."""


def main() -> None:
    """Serve until a signal comes."""
    # Each worker process imports this module, but needs nothing of HTTP.
    from app.server import serve  # noqa: PLC0415

    serve()


if __name__ == "__main__":
    main()
