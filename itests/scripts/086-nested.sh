#!/bin/bash
# Nested shells.
. "$(dirname "$0")/prologue" || exit 99

bash -c 'bash -c "bash -c \"echo three deep \\\$SHLVL\"" ' | cut -d' ' -f1-2; sh -c 'sh -c "exit 7"'; echo $?; echo 'echo from script $0 $1' > s; chmod +x s; bash s arg; sh ./s arg; printf '#!/bin/bash\necho shebang "$@"\n' > t; chmod +x t; ./t 1 '2 3'; printf '#!/usr/bin/env python3\nprint("py")\n' > u; chmod +x u; ./u; printf '#!/usr/bin/awk -f\nBEGIN {print "awk"}\n' > v; chmod +x v; ./v; printf '#!/bin/sed -f\ns/a/b/\n' > w; chmod +x w; echo aaa | ./w
