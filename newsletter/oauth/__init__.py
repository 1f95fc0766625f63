"""OAuth 2 for mail log-ins: token servers, the file of tokens, the current token."""
