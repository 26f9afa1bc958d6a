"""Access: who may ask, and for what."""
