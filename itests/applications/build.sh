# needs gcc make ar
# a library of 40 files and a program, built in parallel, again after a change, and checked
i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf 'int f%d(int x) { return x * %d + 1; }\n' $i $i >f$i.c; done
{ i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "int f$i(int);"; done
echo '#include <stdio.h>
int main(void) { long s = 0;'; i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "s += f$i($i);"; done; echo 'printf("%ld\n", s); return 0; }'; } >main.c
cat >Makefile <<'M'
objects = $(patsubst %.c,%.o,$(wildcard f*.c))
program: main.o libf.a
	$(CC) -o $@ main.o -L. -lf
libf.a: $(objects)
	$(AR) rcs $@ $^
%.o: %.c
	$(CC) -O1 -g -c -o $@ $<
M
make -s -j4 && ./program && touch f7.c && make -j4 | wc -l && make -s -j4 && ./program && ar t libf.a | sort | head -3
make -s -j4 CFLAGS=-flto clean 2>&1 | wc -l
