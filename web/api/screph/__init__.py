"""Screph's two calls, as its program in people's hands knows them: paths, names, types and texts stay for ever."""
