"""The report of one answer: its context, facts, paragraphs and page."""
