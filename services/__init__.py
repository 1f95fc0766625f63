"""Use cases: read, think, write. No Flask, no click."""
