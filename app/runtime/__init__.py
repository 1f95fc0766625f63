"""What the process runs on: side effects, lock, logging."""
