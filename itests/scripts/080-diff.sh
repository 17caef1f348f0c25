#!/bin/bash
# Diff, patch, cmp.
. "$(dirname "$0")/prologue" || exit 99

seq 10 > a; sed '3d;7s/$/x/' a > b; diff a b; diff -u a b | tail -n +3; diff -u a b > p; patch -s a < p && cmp a b && echo patched; patch -R -s a p; wc -l < a; cmp a b; diff -q a b; diff -r . . && echo same; diff3 a a b | head -3; mkdir x y; echo 1 > x/f; echo 2 > y/f; touch y/g; diff -r x y; sdiff -w 20 <(seq 2) <(seq 2 3)
