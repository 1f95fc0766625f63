"""Replica: the reading pages answered from a copy of the database that another program keeps up to date."""
