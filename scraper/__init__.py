"""Page in, reviews out."""
