"""The foundation: records, errors, settings."""
