"""Use cases of an issue: build, release, withdraw, resolve after a restore."""
