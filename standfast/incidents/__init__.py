"""What an incident is: its report, record, actions, relations, pages. Pure: no I/O, no clock."""
