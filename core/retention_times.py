"""Retention times: for how long what is held of readers is held; pure."""

from datetime import timedelta

UNCONFIRMED_RETENTION = timedelta(days=7)  # a sign-up nobody confirmed is forgotten after so long
ENDED_RETENTION = timedelta(days=28)  # and a subscriber who left after so long
SIGNUP_COUNT_RETENTION = timedelta(days=1)  # a sign-up counts against the caps for so long, and is then forgotten
UNDO_RETENTION = timedelta(days=1)  # for so long an operator can take an erasure back, and then nothing is left of it
PROOF_RETENTION = timedelta(days=1)  # for so long the link in an email opens a reader's data, or deletes it
MOVE_RETENTION = UNCONFIRMED_RETENTION  # for so long a new address is confirmed, and the old one takes it back
