"""Read tables from files safely, and name every faulty row."""
