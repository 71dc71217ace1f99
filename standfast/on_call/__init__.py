"""Who is on call: the schedules of the policy, overrides, and calendars elsewhere."""
