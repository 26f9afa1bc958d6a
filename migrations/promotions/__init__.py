"""The parts of the schema's third step: promotions."""
