"""The report of one answer: its context, sections, paragraphs and page."""
