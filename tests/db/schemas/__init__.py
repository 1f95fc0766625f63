"""Sample databases of earlier schemas."""
