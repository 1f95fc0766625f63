"""Messages and their way out: MIME, merge, DKIM, SMTP, outbox files."""
