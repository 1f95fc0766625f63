"""Use cases of mail: deliver an issue, transactional email, test send, bounce handling."""
