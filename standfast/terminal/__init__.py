"""How things look in a terminal: tables, the incident, the flowchart."""
