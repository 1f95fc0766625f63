"""Use cases of whoever runs the program: alerts, status, health, metrics, backup, retention."""
