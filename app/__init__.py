"""The front doors: command line, timer, browser."""
