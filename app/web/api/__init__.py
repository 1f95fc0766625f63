"""Answers for programs: feeds, health probes, metrics."""
