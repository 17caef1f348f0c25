package dev.moat.platform.trap;

import static dev.moat.lib.stub.StubAssembler.JUMP_IF_NOT_ZERO;
import static dev.moat.lib.stub.StubAssembler.JUMP_IF_ZERO;
import static dev.moat.platform.trap.StubLayout.*;
import static jnr.x86asm.Asm.*;

import dev.moat.lib.stub.StubAssembler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What stands between a patched call site and its {@code syscall} instruction. A site's own part
 * does what the bytes did that the jump has replaced, takes the address behind the site into r11
 * and comes here, with the number in rax. Here a call is answered from the slot, or handed over to
 * a kernel host that polls for it, or given up: then the site's {@code syscall} is made, which
 * still is where it was.
 *
 * <p>Only rcx and r11, which system calls destroy, and rax can be used; there is no stack. The
 * thread's slot is in the base of gs, unless the guest has put something of its own there.
 * Instructions up to where the flags are saved leave them alone.
 */
final class TrampolineCode {
    /** How often a trampoline looks for the answer of a kernel host that has taken the call. */
    private static final int LOOKS = 2000;

    private static final int JUMP_IF_NOT_BELOW = 0x83;
    private static final int JUMP_IF_NOT_SIGN = 0x89;
    private static final int SLOT_AREA_SHIFT = 29;

    private final StubAssembler asm = new StubAssembler((int) PAGE_BYTES);
    private final int saved;
    private final int flagsSaved;
    private final int called;
    private final int givenUp;
    private final int end;

    TrampolineCode() {
        int ours = emitFindSlot();
        asm.raw(0x49, 0x8d, 0x4b, 0xfe); // lea rcx, [r11 - 2]
        asm.jump(rcx);
        emitLand(ours);
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xc9); // rdgsbase rcx
        asm.mov(qword_ptr(rcx, SLOT_BEHIND), r11);
        asm.mov(qword_ptr(rcx, SLOT_NUMBER), rax);
        saved = asm.here();
        asm.raw(0x9f); // lahf
        asm.raw(0x0f, 0x90, 0xc0); // seto al
        asm.mov(dword_ptr(rcx, SLOT_FLAGS), eax);
        flagsSaved = asm.here();
        int[] toHandover = emitAnswer();
        emitReturn();
        asm.land(toHandover);
        int[] toGiveUp = emitHandover();
        called = asm.here();
        int[] stillCalled = emitWait();
        emitReturn();
        asm.land(toGiveUp);
        asm.land(stillCalled);
        givenUp = asm.here();
        emitRestoreFlags();
        asm.mov(rax, qword_ptr(rcx, SLOT_NUMBER));
        asm.raw(0x49, 0x8d, 0x4b, 0xfe); // lea rcx, [r11 - 2]
        asm.jump(rcx);
        end = asm.here();
    }

    /** Jumps if the base of gs is in the area of slots. Gives the place of the jump's distance. */
    private int emitFindSlot() {
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xc9); // rdgsbase rcx
        asm.raw(0xc4, 0xe3, 0xfb, 0xf0, 0xc9, SLOT_AREA_SHIFT); // rorx rcx, rcx, 29
        asm.raw(0x89, 0xc9); // mov ecx, ecx
        int area = (int) (SLOTS >>> SLOT_AREA_SHIFT);
        asm.raw(
                0x48,
                0x8d,
                0x89,
                -area,
                -area >> 8,
                -area >> 16,
                -area >> 24); // lea rcx, [rcx-area]
        asm.raw(0xe3, SHORT_TO_OURS); // jrcxz
        return asm.here();
    }

    /** {@code lea} of four bytes and {@code jmp rcx} of two. */
    private static final int SHORT_TO_OURS = 6;

    private void emitLand(int jump) {
        if (asm.here() != jump + SHORT_TO_OURS) {
            throw new IllegalStateException("a short jump goes astray");
        }
    }

    /** Answers from the slot. Gives jumps that are taken if there is no answer. */
    private int[] emitAnswer() {
        asm.mov(rax, qword_ptr(rcx, SLOT_NUMBER));
        asm.cmp(rax, MAX_ANSWERS);
        int noAnswer = asm.jumpIf(JUMP_IF_NOT_BELOW);
        asm.raw(0xc1, 0xe0, 4); // shl eax, 4
        asm.raw(0x48, 0x01, 0xc8); // add rax, rcx
        asm.mov(r11, qword_ptr(rax, SLOT_ANSWERS));
        asm.test(r11);
        int notThis = asm.jumpIf(JUMP_IF_NOT_SIGN);
        asm.raw(0x48, 0x83, 0x80); // add qword [rax + disp32], 1
        emitWord(SLOT_ANSWERS + Long.BYTES);
        asm.raw(1);
        asm.raw(0x48, 0x83, 0x81); // add qword [rcx + disp32], 1
        emitWord(SLOT_ANSWERED);
        asm.raw(1);
        asm.raw(0x45, 0x89, 0xdb); // mov r11d, r11d
        asm.mov(qword_ptr(rcx, SLOT_RESULT), r11);
        return new int[] {noAnswer, notThis};
    }

    private void emitWord(int value) {
        asm.raw(value, value >> 8, value >> 16, value >> 24);
    }

    /** Back to behind the site, with the slot's result. */
    private void emitReturn() {
        emitRestoreFlags();
        asm.mov(rax, qword_ptr(rcx, SLOT_RESULT));
        asm.mov(rcx, r11);
        asm.jump(r11);
    }

    private void emitRestoreFlags() {
        asm.mov(r11, qword_ptr(rcx, SLOT_BEHIND));
        asm.mov(eax, dword_ptr(rcx, SLOT_FLAGS));
        asm.raw(0x04, 0x7f); // add al, 127
        asm.raw(0x9e); // sahf
    }

    /** Hands the call over if somebody polls. Gives jumps that are taken if nobody does. */
    private int[] emitHandover() {
        asm.mov(eax, dword_ptr(rcx, SLOT_STATE));
        asm.cmp(eax, SharedCall.OPEN);
        int notOpen = asm.jumpIf(JUMP_IF_NOT_ZERO);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS), rdi);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS + 8), rsi);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS + 16), rdx);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS + 24), r10);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS + 32), r8);
        asm.mov(qword_ptr(rcx, SLOT_ARGUMENTS + 40), r9);
        asm.mov(r11, SharedCall.CALLED);
        emitExchange();
        return new int[] {notOpen, asm.jumpIf(JUMP_IF_NOT_ZERO)};
    }

    /** {@code lock cmpxchg}: the state, if it is eax, becomes r11d. */
    private void emitExchange() {
        asm.raw(0xf0, 0x44, 0x0f, 0xb1, 0x59, SLOT_STATE);
    }

    /** Waits for the answer. Gives jumps that are taken if there is none. */
    private int[] emitWait() {
        asm.mov(r11, LOOKS);
        int look = asm.here();
        asm.mov(eax, dword_ptr(rcx, SLOT_STATE));
        asm.cmp(eax, SharedCall.CALLED);
        int changed = asm.jumpIf(JUMP_IF_NOT_ZERO);
        asm.raw(0xf3, 0x90); // pause
        asm.sub(r11, 1);
        asm.jumpIf(JUMP_IF_NOT_ZERO, look);
        asm.mov(r11, SharedCall.LEFT);
        emitExchange();
        int left = asm.jumpIf(JUMP_IF_ZERO);
        asm.land(changed);
        asm.cmp(eax, SharedCall.LEAVE);
        int told = asm.jumpIf(JUMP_IF_ZERO);
        return new int[] {left, told};
    }

    /** Puts the common part where {@link StubLayout#TRAMPOLINES} is to be. */
    void writeTo(MemorySegment page) {
        MemorySegment.copy(asm.toBytes(), 0, page, ValueLayout.JAVA_BYTE, 0, asm.toBytes().length);
    }

    /** What {@code address} in the stub is for a thread that stops there. */
    Place place(long address) {
        long at = address - TRAMPOLINES;
        if (at < 0 || at >= end) {
            return Place.ELSEWHERE;
        }
        if (at < saved) {
            return Place.ENTRY;
        }
        if (at < flagsSaved) {
            return Place.SAVED;
        }
        if (at < called) {
            return Place.FLAGS_SAVED;
        }
        return at < givenUp ? Place.CALLED : Place.GIVEN_UP;
    }

    /** How far a thread has come. */
    enum Place {
        ELSEWHERE,
        /** Address behind the site in r11. */
        ENTRY,
        /** Address and number are in the slot. */
        SAVED,
        /** Flags as well. */
        FLAGS_SAVED,
        /** The call was handed over. */
        CALLED,
        /** On the way to the site's instruction. */
        GIVEN_UP
    }
}
