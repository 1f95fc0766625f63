"""Tests of app/web/ops."""
