"""Budget: how many sentences must be annotated?"""

from pages._parts import question

question("How many sentences must be annotated?")
