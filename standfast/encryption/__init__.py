"""Encryption of what Temporal stores: the key ring, a key for each incident, the payload codec."""
