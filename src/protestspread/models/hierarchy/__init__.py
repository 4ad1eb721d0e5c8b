"""Hierarchical and contagious diffusion: whether size or distance decides who joins next."""
