"""The OpenAPI document: fresh, by the rules, and compatible with what was released."""
