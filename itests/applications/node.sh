# needs node
cat >w.js <<'J'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads'); const cp = require('child_process'); const fs = require('fs');
if (isMainThread) (async () => {
  const w = await Promise.all([0, 1, 2].map(i => new Promise(r => new Worker(__filename, { workerData: i }).on('message', r)))); console.log('workers', w.join());
  console.log(cp.execFileSync('/bin/echo', ['child']).toString().trim()); const c = cp.spawn('/bin/cat'); c.stdout.on('data', d => console.log('cat', d.toString().trim())); c.stdin.end('piped');
  await new Promise(r => c.on('close', r)); fs.writeFileSync('f', 'x'.repeat(1e6)); console.log((await fs.promises.stat('f')).size);
  const s = require('net').createServer(k => k.pipe(k)).listen('sock'); const k = require('net').connect('sock'); k.write('echo'); k.once('data', d => { console.log(d.toString()); k.end(); s.close(); });
  const t = setTimeout(() => console.log('timer'), 50); process.on('SIGUSR2', () => console.log('signal')); process.kill(process.pid, 'SIGUSR2');
})(); else { let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; parentPort.postMessage(workerData + ':' + s); }
J
node w.js | sort
