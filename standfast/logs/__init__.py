"""Log analysis: what a service's logs say about an incident, before it, in it and since the fix."""
