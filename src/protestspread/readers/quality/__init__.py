"""Data quality: screening, findings, duplicates, vague dates."""
