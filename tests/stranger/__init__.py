"""What a stranger needs for a rehearsal on one machine: a terminal, a mail server, a mailbox, the collection's site."""
