"""Who can influence whom (diffusion graphs, and how to build them), and who probably followed whom (trees)."""
