"""Returned mail: IMAP mailbox, MIME reader, bounce parser."""
