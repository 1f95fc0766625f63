"""Tests of newsletter/oauth."""
