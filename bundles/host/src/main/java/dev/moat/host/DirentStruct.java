package dev.moat.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.api.host.HostDirent;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@code struct linux_dirent64}, include/linux/dirent.h: d_ino, d_off, d_reclen, d_type, d_name.
 */
final class DirentStruct {
    private static final int RECORD_LENGTH = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;

    private DirentStruct() {}

    /** Adds every entry of the first {@code length} bytes and gives their number. */
    static int readAll(MemorySegment buffer, long length, List<HostDirent> into) {
        int count = 0;
        for (long at = 0; at + NAME < length; count++) {
            int recordLength = buffer.get(JAVA_SHORT_UNALIGNED, at + RECORD_LENGTH) & 0xffff;
            int nameLength = 0;
            while (buffer.get(JAVA_BYTE, at + NAME + nameLength) != 0) {
                nameLength++;
            }
            into.add(
                    new HostDirent(
                            buffer.get(JAVA_LONG_UNALIGNED, at),
                            buffer.get(JAVA_LONG_UNALIGNED, at + 8),
                            buffer.get(JAVA_BYTE, at + TYPE) & 0xff,
                            ByteStrings.read(buffer, at + NAME, nameLength)));
            at += recordLength;
        }
        return count;
    }
}
