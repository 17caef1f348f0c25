#!/bin/bash
# Compiling and running a program.
. "$(dirname "$0")/prologue" || exit 99

cat > m.c <<'END'
#include <stdio.h>
#include <math.h>
int f(int);
int main(int c, char **v) { printf("%d %d %.4f\n", c, f(20), sqrt(2)); return c; }
END
echo 'int f(int n) { return n < 2 ? n : f(n-1) + f(n-2); }' > f.c
gcc -O2 -c m.c && gcc -O2 -c f.c && gcc -o m m.o f.o -lm && ./m x y; echo $?; ar rcs l.a f.o; gcc -static -o s m.c l.a -lm && ./s; gcc -shared -fPIC -o libf.so f.c && gcc -o d m.c -L. -lf -lm -Wl,-rpath,. && ./d; echo 'int main( {' > bad.c; gcc bad.c 2>/dev/null; echo $?; gcc -E -P - <<< '#define X 3
X+X' | tail -1; nm f.o | awk '{print $2,$3}'; strip m; ./m; size f.o > /dev/null && echo sized
