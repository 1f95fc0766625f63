"""Webhooks of mail providers."""
