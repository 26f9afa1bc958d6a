"""The contracts as an AsyncAPI document; `python -m messages.asyncapi` prints it."""
