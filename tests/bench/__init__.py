"""How fast the house is, beside what else a person might write: measured in turns, in one run."""
