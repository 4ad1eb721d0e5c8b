"""What reaches each place on each day along networks: memories, exposure, spells and the table of place-days."""
