"""Data: the Jinja files of the email and the pages."""
