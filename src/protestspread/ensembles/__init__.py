"""Many possible spreads: held as tables of events, in memory or in files."""
