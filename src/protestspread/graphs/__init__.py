"""Diffusion graphs (who can influence whom), their builders, and transmission trees (who probably followed whom)."""
