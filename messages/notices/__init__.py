"""Messages about notices: what is owed, and how accounts want to hear of it."""
