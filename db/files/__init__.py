"""The database as a file: backup, restore, restore merge, repair, check."""
