"""One source a file: parse(page) -> reviews; pure."""
