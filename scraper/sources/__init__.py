"""Source parsers, one source a file."""
