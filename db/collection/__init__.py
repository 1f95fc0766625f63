"""Tables of the collection: reviews, sources, runs, pages, links, takedowns."""
