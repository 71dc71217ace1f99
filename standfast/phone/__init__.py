"""Telephony: providers of SMS and calls, one file a provider, behind one small interface."""
