"""Network-based diffusion analysis (NBDA): onsets that follow the ties of networks."""
