"""The front doors: command line, web pages, scheduler."""
