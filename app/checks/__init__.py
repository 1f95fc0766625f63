"""Checks: what the command `check` looks at, one file a subject."""
