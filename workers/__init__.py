"""Apply: the only writers. One use case a file: load, decide, save, emit."""
