"""Stories: somebody reports, time passes, people act, and what they see is what we promise."""
