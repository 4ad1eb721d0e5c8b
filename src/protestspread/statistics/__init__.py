"""Tests and measures of spread, one file a question."""
