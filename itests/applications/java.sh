# needs java javac
cat >H.java <<'J'
import java.nio.file.*; import java.util.*; import java.util.stream.*; import java.net.*; import java.nio.channels.*;
public class H { public static void main(String[] a) throws Exception {
 long s = 0; for (int i = 0; i < 100_000_000; i++) s += i ^ (i >> 3); System.out.println(s);
 var t = new ArrayList<Thread>(); var n = new java.util.concurrent.atomic.AtomicLong(); for (int i = 0; i < 50; i++) t.add(Thread.ofVirtual().start(() -> { for (int k = 0; k < 1000; k++) n.incrementAndGet(); })); for (var x : t) x.join(); System.out.println(n);
 System.out.println(IntStream.range(0, 1_000_000).parallel().filter(x -> x % 3 == 0).count()); var p = new ProcessBuilder("/bin/echo", "child").inheritIO().start(); System.out.println(p.waitFor());
 var f = Files.writeString(Path.of("f"), "text"); try (var c = FileChannel.open(f, StandardOpenOption.READ)) { System.out.println(c.map(FileChannel.MapMode.READ_ONLY, 0, 4).get(1)); }
 var u = UnixDomainSocketAddress.of("sock"); try (var l = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { l.bind(u); try (var c = SocketChannel.open(u)) { System.out.println(l.accept() != null); } }
 byte[][] g = new byte[64][]; for (int i = 0; i < 400; i++) g[i % 64] = new byte[1 << 20]; System.gc(); System.out.println("collected"); } }
J
javac H.java && java -Xmx256m H
