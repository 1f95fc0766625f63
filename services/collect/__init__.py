"""Use cases of sources: scrape, validate a read, crawl, check links."""
