"""Documents to keep or to send: a review as Markdown and as PDF."""
