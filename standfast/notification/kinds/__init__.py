"""The kinds of channels, one file a kind. `registry` finds the kind of a URL."""
