package dev.moat.fs.erofs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The clusters that were read last, unpacked: a few, of bounded size. Lock free. */
final class UnpackedClusters {
    private static final int MOST = 16;
    private static final long MOST_BYTES = 16L << 20;

    private final AtomicReference<List<Unpacked>> newestFirst = new AtomicReference<>(List.of());

    private record Unpacked(Cluster cluster, byte[] bytes) {}

    /** Nobody changes what it gives; EUCLEAN, EIO. */
    byte[] unpacked(ErofsFilesystem filesystem, Cluster cluster) {
        for (Unpacked each : newestFirst.get()) {
            if (each.cluster.equals(cluster)) {
                return each.bytes;
            }
        }
        Unpacked fresh = new Unpacked(cluster, cluster.unpack(filesystem));
        newestFirst.updateAndGet(known -> with(known, fresh));
        return fresh.bytes;
    }

    private static List<Unpacked> with(List<Unpacked> known, Unpacked fresh) {
        List<Unpacked> result = new ArrayList<>(MOST);
        result.add(fresh);
        long bytes = fresh.bytes.length;
        for (Unpacked each : known) {
            bytes += each.bytes.length;
            if (result.size() == MOST || bytes > MOST_BYTES) {
                break;
            }
            result.add(each);
        }
        return result;
    }
}
