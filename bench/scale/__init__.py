"""What is measured of modules and runners that are apart: a file for each thing, which has rows of the table, details
of its own, and a word on what they mean."""
