"""The only room that speaks SQL: records in, records out."""
