"""The mathematics: torch only; knows no HTTP, no database, no pydantic."""
