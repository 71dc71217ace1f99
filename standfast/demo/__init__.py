"""The demo: a day at Fernhill in under a minute, with a power cut in the middle."""
