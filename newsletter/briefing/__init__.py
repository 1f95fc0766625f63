"""Team briefings of gathered reviews, and citations of reviews; pure but for the Word file that is written."""
