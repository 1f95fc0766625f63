"""SQLite storage, the only room that speaks SQL: records in, records out."""
