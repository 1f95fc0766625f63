"""Tests of app/web/public."""
