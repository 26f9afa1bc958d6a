"""Programs of Node that check what we write: brought once by npm, into build/."""
