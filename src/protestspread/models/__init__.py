"""Models of spread, each a frozen value of its parameters, and their simulation into panels."""
