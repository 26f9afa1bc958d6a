"""The API: Screph's two calls, and what is asked of us over HTTP."""
