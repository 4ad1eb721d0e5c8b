"""What every test stands on, written once: permutations, p-values, moments, multiplicity, replicates."""
