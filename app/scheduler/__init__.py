"""Scheduler: a frequent tick runs whatever job the database says is due."""
