"""The marks by which a mail is judged: of machines, and of people."""
