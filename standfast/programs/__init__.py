"""Running other programs so that none of them outlives us: runbooks, probes, the server."""
