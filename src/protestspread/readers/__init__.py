"""Reading tables from files: opened safely, checked at the door, every faulty row named."""
