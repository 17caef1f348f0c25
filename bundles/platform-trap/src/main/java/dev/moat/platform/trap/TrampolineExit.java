package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Brings a thread that a signal has stopped in a trampoline to where it would be without: before
 * its call or behind it. Registers that it needs are in the frame or in the slot; if they are the
 * guest's invention, so is where it goes on.
 */
final class TrampolineExit {
    private static final long TRAMPOLINES_END =
            StubLayout.SITES + StubLayout.SITE_PAGES * StubLayout.PAGE_BYTES;

    /** Flags that LAHF gives: CF, PF, AF, ZF, SF. */
    private static final long LOW_FLAGS = 0xd5;

    private static final int OVERFLOW_BIT = 11;

    private final TrampolineCode code;
    private final CallPatches patches;
    private final SharedCall shared;
    private final HostFrame frame;
    private final MemorySegment memory;

    TrampolineExit(
            TrampolineCode code,
            CallPatches patches,
            SharedCall shared,
            HostFrame frame,
            Slot slot) {
        this.code = code;
        this.patches = patches;
        this.shared = shared;
        this.frame = frame;
        memory = slot.memory();
    }

    /** Address behind the site that the thread was brought to; 0 if it was in no trampoline. */
    long leave() {
        long at = frame.instructionPointer();
        if (at < StubLayout.TRAMPOLINES || at >= TRAMPOLINES_END) {
            return 0;
        }
        return switch (code.place(at)) {
            case ELSEWHERE -> before(patches.behindSite(at));
            case ENTRY -> before(frame.r11());
            case SAVED -> {
                restoreNumber();
                yield before(savedBehind());
            }
            case FLAGS_SAVED -> {
                restoreNumber();
                restoreFlags();
                yield before(savedBehind());
            }
            case CALLED -> leaveCalled();
            case GIVEN_UP -> leaveGivenUp();
        };
    }

    private long leaveCalled() {
        return switch (shared.state()) {
            case SharedCall.CALLED -> {
                // nobody has taken it
                shared.prepare(false);
                restoreNumber();
                restoreFlags();
                yield before(savedBehind());
            }
            case SharedCall.LEAVE, SharedCall.LEFT -> leaveGivenUp();
            default -> {
                restoreFlags();
                frame.writeResult(memory.get(JAVA_LONG, StubLayout.SLOT_RESULT));
                frame.setBehindCall(savedBehind());
                yield savedBehind();
            }
        };
    }

    private long leaveGivenUp() {
        restoreNumber();
        restoreFlags();
        frame.setInstructionPointer(savedBehind() - CallSite.SYSCALL_BYTES);
        return savedBehind();
    }

    /** What was moved is done again, which makes no difference. */
    private long before(long behind) {
        if (behind != 0) {
            frame.setInstructionPointer(patches.startOf(behind));
        }
        return behind;
    }

    private long savedBehind() {
        return memory.get(JAVA_LONG, StubLayout.SLOT_BEHIND);
    }

    private void restoreNumber() {
        frame.writeResult(memory.get(JAVA_LONG, StubLayout.SLOT_NUMBER));
    }

    private void restoreFlags() {
        int saved = memory.get(JAVA_INT, StubLayout.SLOT_FLAGS);
        long overflow = (saved & 1L) << OVERFLOW_BIT;
        long others = frame.flags() & ~(LOW_FLAGS | 1L << OVERFLOW_BIT);
        frame.setFlags(others | saved >>> 8 & LOW_FLAGS | overflow);
    }
}
