#!/bin/bash
# Git makes commits.
. "$(dirname "$0")/prologue" || exit 99

export HOME=$PWD GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1
git init -q -b main r; cd r; git config user.name N; git config user.email e@x; git config gc.auto 0
echo one > a; git add a; git commit -q -m first; git rev-parse HEAD; echo two >> a; git diff --stat; git commit -qam second; git log --oneline --no-decorate | cut -d' ' -f2; git checkout -q -b side HEAD~1; echo s > b; git add b; git commit -q -m side; git merge -q main -m merged 2>&1; git log --pretty=%s | sort; git status --short; git tag v1; git show v1:a; git ls-files; cd ..; git clone -q r c 2>/dev/null; cd c; git log -1 --pretty=%s; git fsck 2>/dev/null; git gc -q; git rev-list --all | wc -l; git blame -s a | cut -d' ' -f2-
