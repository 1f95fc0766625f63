"""Configuration: schema, value sources, loading."""
