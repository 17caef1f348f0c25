package dev.moat.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.moat.api.host.HostStat;
import java.lang.foreign.MemorySegment;

/** {@code struct statx}, include/uapi/linux/stat.h. */
final class StatxStruct {
    /** STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID. */
    static final int WANTED_FIELDS = 0x7ff | 0x800 | 0x1000;

    private StatxStruct() {}

    static void read(MemorySegment s, HostStat into) {
        into.blockSizeBytes = s.get(JAVA_INT, 4);
        into.attributes = s.get(JAVA_LONG, 8);
        into.linkCount = s.get(JAVA_INT, 16);
        into.uid = s.get(JAVA_INT, 20);
        into.gid = s.get(JAVA_INT, 24);
        into.mode = s.get(JAVA_SHORT, 28) & 0xffff;
        into.inode = s.get(JAVA_LONG, 32);
        into.sizeBytes = s.get(JAVA_LONG, 40);
        into.blocks = s.get(JAVA_LONG, 48);
        into.accessTimeSeconds = s.get(JAVA_LONG, 64);
        into.accessTimeNanos = s.get(JAVA_INT, 72);
        into.birthTimeSeconds = s.get(JAVA_LONG, 80);
        into.birthTimeNanos = s.get(JAVA_INT, 88);
        into.changeTimeSeconds = s.get(JAVA_LONG, 96);
        into.changeTimeNanos = s.get(JAVA_INT, 104);
        into.modifyTimeSeconds = s.get(JAVA_LONG, 112);
        into.modifyTimeNanos = s.get(JAVA_INT, 120);
        into.rawDevice = device(s.get(JAVA_INT, 128), s.get(JAVA_INT, 132));
        into.device = device(s.get(JAVA_INT, 136), s.get(JAVA_INT, 140));
        into.mountId = s.get(JAVA_LONG, 144);
    }

    /** makedev(3) in the layout of {@code new_encode_dev}, include/linux/kdev_t.h. */
    private static long device(int major, int minor) {
        return (minor & 0xff) | ((long) major << 8) | ((minor & ~0xffL) << 12);
    }
}
