"""When the verbs run: the timer knocks often, the database knows what is due."""
