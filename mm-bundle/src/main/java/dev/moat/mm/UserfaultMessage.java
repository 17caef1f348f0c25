package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.*;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct uffd_msg}: include/uapi/linux/userfaultfd.h. */
final class UserfaultMessage {
    static final int BYTES = 32;

    private static final long EVENT = 0;

    /** The three words that mean something else in each message. */
    private static final long FIRST = 8;

    private static final long SECOND = 16;
    private static final long THIRD = 24;

    private UserfaultMessage() {}

    /**
     * @param features that the reader asked for: exact addresses, thread ids
     */
    static MemorySegment of(PendingFault fault, long features) {
        MemorySegment message = message(UFFD_EVENT_PAGEFAULT);
        boolean exact = (features & UFFD_FEATURE_EXACT_ADDRESS) != 0;
        long write = fault.write ? UFFD_PAGEFAULT_FLAG_WRITE : 0;
        message.set(JAVA_LONG_UNALIGNED, FIRST, fault.reason | write);
        message.set(
                JAVA_LONG_UNALIGNED, SECOND, exact ? fault.address : Pages.floor(fault.address));
        if ((features & UFFD_FEATURE_THREAD_ID) != 0) {
            message.set(JAVA_INT_UNALIGNED, THIRD, fault.tid);
        }
        return message;
    }

    /**
     * @param fd that a fork gave the reader
     */
    static MemorySegment of(UserfaultEvent event, int fd) {
        MemorySegment message = message(event.type);
        if (event.type == UFFD_EVENT_FORK) {
            message.set(JAVA_INT_UNALIGNED, FIRST, fd);
            return message;
        }
        message.set(JAVA_LONG_UNALIGNED, FIRST, event.first);
        message.set(JAVA_LONG_UNALIGNED, SECOND, event.second);
        message.set(JAVA_LONG_UNALIGNED, THIRD, event.third);
        return message;
    }

    private static MemorySegment message(int event) {
        MemorySegment message = MemorySegment.ofArray(new byte[BYTES]);
        message.set(JAVA_INT_UNALIGNED, EVENT, event);
        return message;
    }
}
