# needs go
cat >h.go <<'J'
package main
import ("fmt";"net";"os";"os/exec";"os/signal";"runtime";"sync";"syscall";"time")
func main() {
 var wg sync.WaitGroup; var mu sync.Mutex; n := 0
 for i := 0; i < 200; i++ { wg.Add(1); go func() { defer wg.Done(); for j := 0; j < 1000; j++ { mu.Lock(); n++; mu.Unlock(); if j%100 == 0 { time.Sleep(time.Microsecond) } } }() }
 wg.Wait(); c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGUSR1); syscall.Kill(os.Getpid(), syscall.SIGUSR1); s := <-c
 o, err := exec.Command("/bin/echo", "hi").Output(); fmt.Println(n, s, string(o), err)
 l, _ := net.Listen("unix", "sock"); go func() { x, _ := l.Accept(); b := make([]byte, 9); k, _ := x.Read(b); x.Write(b[:k]); x.Close() }()
 d, _ := net.Dial("unix", "sock"); d.Write([]byte("sock")); b := make([]byte, 9); k, _ := d.Read(b); fmt.Println(string(b[:k]))
 same := true; p := syscall.Getppid(); for i := 0; i < 200000; i++ { same = same && syscall.Getppid() == p }; fmt.Println("raw calls", same)
 runtime.GC(); go func() { for { } }(); time.Sleep(50 * time.Millisecond); fmt.Println("preempted")
}
J
export GOCACHE=$PWD/cache HOME=$PWD CGO_ENABLED=0 GOFLAGS=-mod=mod GO111MODULE=off; go build -o h h.go && ./h
