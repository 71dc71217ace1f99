"""Tests of the probes, against real servers, sockets, programs and files."""
