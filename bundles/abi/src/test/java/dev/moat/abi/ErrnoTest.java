package dev.moat.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void exception_isTheSameEachTimeAndHasNoTrace() {
        ErrnoException exception = Errno.EINVAL.exception();
        assertSame(exception, Errno.EINVAL.exception());
        assertSame(Errno.EINVAL, exception.errno());
        assertEquals(0, exception.getStackTrace().length);
        assertEquals("EINVAL", exception.getMessage());
    }

    @Test
    void numbers_areThoseOfLinux() {
        assertEquals(131, Errno.values().length);
        assertEquals(-22, Errno.EINVAL.negated());
        assertSame(Errno.EHWPOISON, Errno.of(133).orElseThrow());
        for (int number : new int[] {-1, 0, 41, 58, 134, 512}) {
            assertTrue(Errno.of(number).isEmpty(), "errno " + number);
        }
    }

    @Test
    void isError_isTheRangeOfErrPointers() {
        assertTrue(Errno.isError(-1));
        assertTrue(Errno.isError(-4095));
        assertEquals(false, Errno.isError(-4096));
        assertEquals(false, Errno.isError(0));
    }

    @Test
    void syscallNames_followTheNumbers() {
        assertEquals("read", SyscallNumbers.name(SyscallNumbers.__NR_read));
        assertEquals("rseq", SyscallNumbers.name(SyscallNumbers.__NR_rseq));
        assertEquals("uprobe", SyscallNumbers.name(336));
        assertEquals("pidfd_send_signal", SyscallNumbers.name(424));
        assertEquals("file_setattr", SyscallNumbers.name(SyscallNumbers.COUNT - 1));
        assertEquals("syscall_337", SyscallNumbers.name(337));
        assertEquals("syscall_4294967295", SyscallNumbers.name(-1));
    }

    @Test
    void deviceNumbers_keepTwentyMinorBits() {
        long device = DeviceNumbers.make(0xabc, 0x12345);
        assertEquals(0xabc, DeviceNumbers.major(device));
        assertEquals(0x12345, DeviceNumbers.minor(device));
        assertEquals(0x103, DeviceNumbers.make(1, 3));
    }
}
