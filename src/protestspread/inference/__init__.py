"""Permutations, p-values, null moments, corrections for multiple tests, and the parallel run of replicates."""
