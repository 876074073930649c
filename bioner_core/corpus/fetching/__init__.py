"""Public corpora: which there are, how one is downloaded, checked and read into the library."""
