"""Tables of whoever runs the program: job log, audit trail, secrets."""
