# needs bash
bash -c '
set -o pipefail; trap "echo exit" EXIT; trap "echo usr1" USR1; kill -USR1 $$
declare -A m=([a]=1 [b]=2); echo "${m[b]}" "${#m[@]}"; mapfile -t l < <(printf "%s\n" x y z); echo "${l[2]}"
coproc cat; echo ping >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; echo "$x"; eval "exec ${COPROC[1]}>&-"; wait
(sleep 0.1; exit 3) & wait $!; echo $?; false | true; echo $?; timeout 0.2 sleep 5; echo $?
exec 7<>f; echo abc >&7; exec 7>&-; cat f; [[ f -nt /proc ]] || echo older; ulimit -n 64; for i in {1..3}; do echo $i & done | sort; wait
read -t 0.2 -r x < <(sleep 1); echo $?; printf "%(%Y)T\n" 0; echo $((2**62)); x=$(<f); echo "${x^^}"
'
