"""Site: name, logo, colours, pages, templates of whoever is behind it."""
