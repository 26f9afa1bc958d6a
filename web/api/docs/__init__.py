"""Documentation for engineers, served by the API itself from its own files: calls, messages, and codes of problems."""
