"""Everything on the wire: requests, answers, problem details, and the examples of Swagger UI."""
