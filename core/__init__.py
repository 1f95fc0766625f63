"""Foundation: records, errors, dates, settings."""
