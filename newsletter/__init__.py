"""Reviews in, issue out; then messages, then receipts."""
