"""Whether the house is set up rightly: one finding a line, each with what to do."""
