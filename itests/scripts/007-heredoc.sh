#!/bin/bash
# Here-documents and here-strings.
. "$(dirname "$0")/prologue" || exit 99

x=value
cat <<END
x is $x and $((1+2)) and $(echo sub)
END
cat <<'END'
$x is not expanded \n
END
cat <<-END
	tabs are stripped
	END
read -r a b <<< "first second third"; echo "$a|$b"
tr a-z A-Z <<< "lower"
