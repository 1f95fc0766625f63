"""Use cases of subscribers: sign-up, subscriptions, preferences, import."""
