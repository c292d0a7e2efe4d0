"""The command line: `python -m app` or `fit-service`."""


def main() -> None:
    """Do what the command line says: serve until a signal comes, if it says nothing."""
    # Each worker process imports this module, but needs nothing of it.
    from app.cli.main import app  # noqa: PLC0415

    app()


if __name__ == "__main__":
    main()
