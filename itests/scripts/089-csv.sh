#!/bin/bash
# Csv processing.
. "$(dirname "$0")/prologue" || exit 99

cat > f <<'E'
id,name,amount
1,ann,10.50
2,bob,3.25
3,ann,7.00
E
awk -F, 'NR>1 {s[$2]+=$3} END {for (n in s) printf "%s %.2f\n", n, s[n]}' f | sort; cut -d, -f2 f | tail -n +2 | sort -u; sort -t, -k3 -rn f | head -1; while IFS=, read -r id name amount; do [ "$id" = id ] || echo "$name: $amount"; done < f; python3 -c "import csv; print(sum(float(r['amount']) for r in csv.DictReader(open('f'))))"; perl -F, -lane '$t+=$F[2] if $.>1; END {print $t}' f; column -s, -t f
