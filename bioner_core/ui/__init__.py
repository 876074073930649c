"""The parts of the dashboard, a folder for each page."""
