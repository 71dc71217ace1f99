"""Time: clocks and their stopwatches, wall clocks, working time, ranges. Pure."""
