"""Messages to others about what has happened: webhooks."""
