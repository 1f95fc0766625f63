"""Tests of app/web/api."""
