# needs vim tmux
vim -u NONE -es -c 'normal ihello vim' -c 'wq! v.txt' </dev/null >/dev/null 2>&1; cat v.txt
export SHELL=/bin/sh TERM=xterm; tmux -f /dev/null -S "$PWD/t" new -d -x 80 -y 24 sh; tmux -S "$PWD/t" send-keys 'vim -u NONE w.txt' Enter; sleep 2
tmux -S "$PWD/t" send-keys 'iin a window' Escape ':wq' Enter; i=0; while [ ! -s w.txt ] && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.1; done; cat w.txt
tmux -S "$PWD/t" split-window 'echo $((6*7)) >out; sleep 1'; i=0; while [ ! -s out ] && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.1; done; cat out
tmux -S "$PWD/t" display -p '#{window_panes} #{pane_width}'; tmux -S "$PWD/t" kill-server
