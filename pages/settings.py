"""Settings: what this machine trains with, and where things are."""

from pages._parts import question

question("What does this machine work with?")
