"""Where jobs run; one file per place."""
