"""Issue: compose, issue view, render, truncate; pure."""
