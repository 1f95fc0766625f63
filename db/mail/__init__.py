"""Tables of mail: issues, subscribers, deliveries, transactional email, bounces."""
