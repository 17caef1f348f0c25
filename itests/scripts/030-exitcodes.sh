#!/bin/bash
# Exit codes of the shell.
. "$(dirname "$0")/prologue" || exit 99

true; echo $?; (exit 300); echo $?; nosuchcommand 2>/dev/null; echo $?; ./ 2>/dev/null; echo $?; touch nox; ./nox 2>/dev/null; echo $?
bash -c 'exit 77'; echo $?; bash -c 'kill -9 $$'; echo $?; sh -c 'exit'; echo $?; bash nofile 2>/dev/null; echo $?
