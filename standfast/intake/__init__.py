"""How people and machines reach incidents: reports, actions, questions; for every front end."""
