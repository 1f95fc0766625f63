"""Cluster: mail that leaves through workers on other machines, each message once."""
