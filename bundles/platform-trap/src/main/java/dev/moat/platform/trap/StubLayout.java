package dev.moat.platform.trap;

import dev.moat.lib.stub.GuestRange;
import dev.moat.lib.stub.SystemCallList;

/** Where the stub's own pages are, and numbers that its code and the kernel host share. */
final class StubLayout {
    static final long PAGE_BYTES = 4096;

    /** Stub code, filters, constants; read and execute. */
    static final long CODE_PAGE = GuestRange.USER_END - PAGE_BYTES;

    /** Commands for the factory and lists for the mapper; one per space, read-only in the stub. */
    static final long CONTROL_PAGE = CODE_PAGE - PAGE_BYTES;

    /** Words that the stub writes; one per space, behind the control page in its file. */
    static final long REPLY_PAGE = CONTROL_PAGE - PAGE_BYTES;

    static final long GUEST_START = GuestRange.START;
    static final long GUEST_END = GuestRange.END;

    /** Slots: one per guest thread, for what it shares with us. Its place is that in the file. */
    static final long SLOTS = GUEST_END;

    /** Room for a signal frame with the largest floating-point state there is (AMX: 11 KB). */
    static final int SLOT_BYTES = 4 * (int) PAGE_BYTES;

    static final int MAX_SLOTS = 32768;

    /** Trampolines: what they have in common, then those of single call sites. */
    static final long TRAMPOLINES = CODE_PAGE - 16 * PAGE_BYTES;

    static final long SITES = TRAMPOLINES + PAGE_BYTES;
    static final int SITE_PAGES = 8;
    static final int SITE_BYTES = 64;
    static final int MAX_SITES = SITE_PAGES * (int) PAGE_BYTES / SITE_BYTES;

    /**
     * Pointers to trampolines, in the guest's range. The upper half of their addresses are the two
     * bytes of the {@code syscall} instruction: {@link CallSite} says why.
     */
    static final long SITE_TABLE = 0x050f0000;

    static final long SITE_TABLE_BYTES = (long) MAX_SITES * Long.BYTES;

    // words at the start of a slot
    static final int SLOT_FS_BASE = 0;
    static final int SLOT_GS_BASE = 8;

    /** A {@code stack_t} while the thread starts. */
    static final int SLOT_STACK_T = 16;

    // What trampolines and we share: see TrampolineCode and SharedCall. One line of the cache for
    // what each side looks at all the time, one for what is called, one for what only the guest
    // needs.
    static final int SLOT_STATE = 64;
    static final int SLOT_RESULT = 72;
    static final int SLOT_NUMBER = 128;

    /** The address behind the call's instruction. */
    static final int SLOT_BEHIND = 136;

    static final int SLOT_ARGUMENTS = 144;

    /** AH: flags as LAHF gives them; AL: the overflow flag. */
    static final int SLOT_FLAGS = 192;

    /** How many calls were answered from {@link #SLOT_ANSWERS}. */
    static final int SLOT_ANSWERED = 200;

    /**
     * For each number a pair of longs: what to answer (bit 63 says that there is something, the
     * lower half is it), and how often that was done.
     */
    static final int SLOT_ANSWERS = 256;

    static final int ANSWER_BYTES = 16;

    /** Numbers from here on are never answered in the guest. */
    static final int MAX_ANSWERS = 187;

    /** The alternate stack fills the rest. */
    static final int SLOT_STACK = 3328;

    // words of the control page
    static final int SEQUENCE = 0;
    static final int COMMAND = 4;
    static final int SLOT_ADDRESS = 8;
    static final int SLOT_OFFSET = 16;
    static final int CHILD_OFFSET = 24;
    static final int LIST = 128;

    /** One entry of the list: number and six arguments, padded. */
    static final int ENTRY_BYTES = SystemCallList.ENTRY_BYTES;

    // words of the reply page
    static final int READY = 0;
    static final int RESULT = 8;
    static final int MAPPER_READY = 16;
    static final int PIDFD = 24;

    // commands
    /** Make the mapper, then the first guest thread. */
    static final int BIRTH = 1;

    /** Make a guest thread. */
    static final int THREAD = 2;

    /** Make a process like this one. */
    static final int PROCESS = 3;

    // descriptors of a stub process
    static final int MEMORY_FD = 0;
    static final int CONTROL_FD = 1;
    static final int SLOT_FD = 2;

    /** The file of trampolines and changed pages of text. */
    static final int PATCH_FD = 3;

    /** The ELF image itself, during set-up only; then what a command leaves for us to take. */
    static final int TRANSFER_FD = 4;

    /** The system call number of hand-overs: none of Linux'. Where it is made from tells. */
    static final int HANDOVER = 1000;

    // answers to a hand-over
    static final int RETURN = 0;
    static final int LOAD_BASES = 1;
    static final int EXIT = 2;

    private StubLayout() {}
}
