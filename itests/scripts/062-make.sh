#!/bin/bash
# Make builds what changed.
. "$(dirname "$0")/prologue" || exit 99

cat > Makefile <<'END'
all: a.out b.out
%.out: %.in
	@echo making $@ from $<
	@tr a-z A-Z < $< > $@
clean: ; rm -f *.out
.PHONY: all clean
END
echo x > a.in; echo y > b.in; make; make; cat a.out b.out; touch -d '+1 hour' a.in; make; make -j4 -B | sort; make clean; make nope 2>/dev/null; echo $?; make -n
