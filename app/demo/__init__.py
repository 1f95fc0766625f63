"""Demonstration: invented reviews, offline, without mail."""
