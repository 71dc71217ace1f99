"""Chats: their messages, and what people do in them."""
