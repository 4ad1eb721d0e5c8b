"""Hierarchical and contagious diffusion: onsets by population and by distance to earlier onsets."""
