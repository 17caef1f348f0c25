package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct msqid64_ds}: the state of a message queue.
 *
 * @param sendTime in seconds
 * @param receiveTime in seconds
 * @param changeTime in seconds
 * @see <a href="https://man7.org/linux/man-pages/man2/msgctl.2.html">msgctl(2)</a>
 */
public record MsqidDs(
        IpcPerm permissions,
        long sendTime,
        long receiveTime,
        long changeTime,
        long bytes,
        long messages,
        long maxBytes,
        int lastSendPid,
        int lastReceivePid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            IpcPerm.LAYOUT.withName("msg_perm"),
                            JAVA_LONG.withName("msg_stime"),
                            JAVA_LONG.withName("msg_rtime"),
                            JAVA_LONG.withName("msg_ctime"),
                            JAVA_LONG.withName("msg_cbytes"),
                            JAVA_LONG.withName("msg_qnum"),
                            JAVA_LONG.withName("msg_qbytes"),
                            JAVA_INT.withName("msg_lspid"),
                            JAVA_INT.withName("msg_lrpid"),
                            paddingLayout(16))
                    .withName("struct msqid64_ds");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long MSG_PERM = offset("msg_perm");
    private static final long MSG_STIME = offset("msg_stime");
    private static final long MSG_RTIME = offset("msg_rtime");
    private static final long MSG_CTIME = offset("msg_ctime");
    private static final long MSG_CBYTES = offset("msg_cbytes");
    private static final long MSG_QNUM = offset("msg_qnum");
    private static final long MSG_QBYTES = offset("msg_qbytes");
    private static final long MSG_LSPID = offset("msg_lspid");
    private static final long MSG_LRPID = offset("msg_lrpid");

    /** Reads the struct that lies at {@code at}. */
    public static MsqidDs readFrom(MemorySegment segment, long at) {
        return new MsqidDs(
                IpcPerm.readFrom(segment, at + MSG_PERM),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_STIME),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_RTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_CTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_CBYTES),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_QNUM),
                segment.get(JAVA_LONG_UNALIGNED, at + MSG_QBYTES),
                segment.get(JAVA_INT_UNALIGNED, at + MSG_LSPID),
                segment.get(JAVA_INT_UNALIGNED, at + MSG_LRPID));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        permissions.writeTo(segment, at + MSG_PERM);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_STIME, sendTime);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_RTIME, receiveTime);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_CTIME, changeTime);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_CBYTES, bytes);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_QNUM, messages);
        segment.set(JAVA_LONG_UNALIGNED, at + MSG_QBYTES, maxBytes);
        segment.set(JAVA_INT_UNALIGNED, at + MSG_LSPID, lastSendPid);
        segment.set(JAVA_INT_UNALIGNED, at + MSG_LRPID, lastReceivePid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
