"""Whole journeys: documents typed, drills, a first month, end to end."""
