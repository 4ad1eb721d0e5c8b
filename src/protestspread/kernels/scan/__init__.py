"""The search of a space-time scan: all cylinders of near places and consecutive days, with its plain twin."""
