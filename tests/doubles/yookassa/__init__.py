"""A double of YooKassa that keeps state as the real one does."""
