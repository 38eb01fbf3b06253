"""What is measured of what Kappa keeps."""
