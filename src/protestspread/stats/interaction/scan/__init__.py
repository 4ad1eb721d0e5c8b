"""The space-time permutation scan: clusters of neighboring places and consecutive days."""
