"""Centers and dispersion of events, day by day."""
