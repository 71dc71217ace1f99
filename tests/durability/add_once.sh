#!/bin/sh
# An effect that is not idempotent: adds its key to a file, in the middle of some seconds' work.
sleep 1.5
printf '%s\n' "$1" >>"$2"
sleep 1.5
