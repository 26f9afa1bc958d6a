"""Notices: owed, sent, put off and dropped, with real servers for mail and push."""
