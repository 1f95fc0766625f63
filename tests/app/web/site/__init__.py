"""Tests of app/web/site."""
