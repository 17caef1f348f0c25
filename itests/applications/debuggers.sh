# needs gcc gdb strace
printf '#include <pthread.h>\nint f(int x) { return x * 2; }\nvoid *work(void *a) { return a; }\nint main(void) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); volatile int y = f(21); return y - 42; }\n' >t.c
gcc -g -pthread -o t t.c
gdb -q -nx -batch -ex 'set style enabled off' -ex 'break f' -ex run -ex 'bt 1' -ex 'print x' -ex 'info threads' -ex stepi -ex finish -ex 'print $1 * 2' -ex 'call f(4)' -ex continue ./t 2>&1 | grep -E '^#0|^\$|Breakpoint 1, f|Value returned|exited normally'
printf 'int main(void) { return *(volatile int *)8; }\n' >c.c && gcc -g -o c c.c && gdb -q -nx -batch -ex run -ex bt ./c 2>&1 | grep -E 'SIGSEGV|^#0' | sed 's/0x[0-9a-f]* in //'
sleep 30 & p=$!; gdb -q -nx -batch -p $p -ex 'info inferiors' -ex detach 2>&1 | grep -c 'detached'; kill $p; wait $p 2>/dev/null; echo $?
strace -f -e trace=pipe2,dup2,execve,write -o log sh -c '/bin/echo x | cat >/dev/null'; sed 's/^[0-9]* *//' log | grep -E '^(write|execve)' | sed 's/\[\(.*\)\].*/[\1]/' | sort
strace -c -e trace=openat cat /dev/null 2>&1 | grep -c openat; strace -e inject=openat:error=ENOENT -e trace=openat cat /dev/null 2>&1 | grep -c INJECTED
