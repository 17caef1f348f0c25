# needs rustc
cat >h.rs <<'J'
use std::{collections::HashMap, io::Write, process::{Command, Stdio}, sync::mpsc, thread};
fn main() {
    let (tx, rx) = mpsc::channel(); for i in 0..4 { let t = tx.clone(); thread::spawn(move || t.send(i * i).unwrap()); } drop(tx);
    let mut s: Vec<i32> = rx.iter().collect(); s.sort(); let m: HashMap<_, _> = s.iter().map(|x| (x, 1)).collect();
    let mut c = Command::new("/usr/bin/wc").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap(); c.stdin.take().unwrap().write_all(&[b'x'; 100000]).unwrap();
    let o = c.wait_with_output().unwrap(); println!("{:?} {} {}", s, m.len(), String::from_utf8_lossy(&o.stdout).trim());
    std::panic::set_hook(Box::new(|_| {})); println!("{}", std::panic::catch_unwind(|| panic!("x")).is_err());
}
J
rustc -C target-feature=+crt-static -O h.rs -o h && ./h
