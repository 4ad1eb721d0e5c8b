"""Data quality: screening, findings, duplicates and date ranges."""
