"""What every model is built on: strict messages, kinds of text, and the words for what is wrong."""
