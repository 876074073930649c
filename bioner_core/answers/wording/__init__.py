"""The sentences, table cells and cards that pages, reports and commands print, as plain text.

Nothing here knows HTML or Markdown: whoever prints a text escapes it once.
"""
