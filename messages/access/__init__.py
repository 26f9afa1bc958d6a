"""Messages about who the users are."""
