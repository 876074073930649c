"""Public corpora: the list of them, and their download, verification and import into the library."""
