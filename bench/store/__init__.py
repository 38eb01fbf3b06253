"""The parts of listing.py: a ledger that is full, and what it costs."""
"""What is measured of what Kappa keeps."""
