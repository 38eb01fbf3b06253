"""The parts of runner.py: what is measured, what it is measured with, and how it is told."""
