"""Network-based diffusion analysis: along which network onsets followed one another."""
