# needs git
git init -q a && cd a && git config user.email a@example.org && git config user.name name
for i in 1 2 3; do seq $i 100 >f$i; git add . && git commit -qm "commit $i"; done
cd .. && git clone -q a b && cd b && git config user.email b@example.org && git config user.name other
git log --format=%s && git fsck --no-progress && git checkout -qb topic HEAD~1 && echo new >z && git add z && git commit -qm topic
git rebase -q "$(git -C ../a rev-parse HEAD)" && git log --format=%s && git gc -q && git status --short | wc -l
git -C ../a fetch -q ../b topic && git -C ../a merge -q FETCH_HEAD && ls ../a
git bundle create -q ../c.bundle --all && git clone -q -b topic ../c.bundle ../d && cat ../d/z
