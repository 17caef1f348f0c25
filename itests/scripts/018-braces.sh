#!/bin/bash
# Brace and tilde expansion.
. "$(dirname "$0")/prologue" || exit 99

echo {a,b,c}{1,2} {1..10..3} {z..v} x{,y}z {01..12..4}; HOME=/nowhere; echo ~ ~/x; echo pre{fix,lude}d
