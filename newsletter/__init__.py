"""Newsletter: reviews in, issue out; then messages, then receipts."""
