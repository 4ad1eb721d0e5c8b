"""Maximum likelihood: maximization, profiles, fits."""
