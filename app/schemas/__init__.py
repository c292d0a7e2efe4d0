"""The wire: what comes in (`request`), what goes out (`response`, `problem`), and the examples of Swagger UI."""
