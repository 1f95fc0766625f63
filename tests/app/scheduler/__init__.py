"""Tests of app/scheduler."""
