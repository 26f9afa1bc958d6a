"""A stand-in for YooKassa that keeps state as the real one does."""
