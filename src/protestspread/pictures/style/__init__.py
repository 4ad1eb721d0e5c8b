"""Colors, fonts, classes and words of pictures."""
