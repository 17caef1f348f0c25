#!/bin/bash
# Functions, recursion and return codes.
. "$(dirname "$0")/prologue" || exit 99

fact() { if (($1 <= 1)); then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }; fact 10
fib() { local n=$1; ((n < 2)) && { echo $n; return; }; echo $(( $(fib $((n-1))) + $(fib $((n-2))) )); }; fib 9
r() { return $1; }; r 42; echo $?; declare -F fact; unset -f fact; type -t fact || echo gone
