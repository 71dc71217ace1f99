"""Chat: one message an incident, its buttons, and its thread as part of the timeline."""
