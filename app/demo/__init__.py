"""The demonstration: invented reviews, offline."""
