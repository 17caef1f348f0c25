#!/bin/bash
# Hard and symbolic links.
. "$(dirname "$0")/prologue" || exit 99

echo x > a; ln a b; ln -s a c; ln -s /nowhere d; stat -c %h a; rm a; cat b; cat c 2>/dev/null || echo broken; ln -sf b c; cat c; ln -s . self; cat self/self/self/b; ln -s loop1 loop2; ln -s loop2 loop1; cat loop1 2>/dev/null || echo loop; ls -l d | sed 's/.*d ->/d ->/'; readlink -f self/self/b | sed 's,.*/,,'; find . -type l | sort; find . -xtype l 2>/dev/null | sort; cp -r self copy 2>/dev/null; [ -L copy ] && echo link copied
