"""Reviews in, issue out; checked as a reader, a mail program and a screen reader would."""
