"""The wire: requests, answers, problem details, and the examples of Swagger UI."""
