package dev.moat.host;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.lang.foreign.MemorySegment;

/**
 * System calls of the host, through libc's {@code syscall(2)} and a few library functions.
 *
 * <p>Uses jnr-ffi's own invoker instead of a mapped interface: the same cost per call (some 30 ns
 * over the kernel's part), and no class generation at start-up (60 ms). errno is saved by jffi
 * inside the native call, per thread.
 *
 * <p>SAFETY: addresses are handed to the kernel, which checks them against this process; a wrong
 * address can still overwrite the JVM's memory, so only addresses of live segments of sufficient
 * size may be given.
 */
final class NativeCalls {
    private final Invoker invoker = Invoker.getInstance();
    private final LastError lastError = LastError.getInstance();
    private final Library libc = Library.getCachedInstance(null, Library.LAZY | Library.GLOBAL);
    private final CallContext sixLongs;
    private final CallContext twoLongs;
    private final CallContext noArguments;
    private final long syscallAddress;
    private final long mmapAddress;
    private final long clockAddress;

    NativeCalls() {
        Type word = Type.SINT64;
        Type[] six = {word, word, word, word, word, word};
        Type[] two = {word, word};
        sixLongs = CallContext.getCallContext(word, six, CallingConvention.DEFAULT, true);
        twoLongs = CallContext.getCallContext(Type.SINT32, two, CallingConvention.DEFAULT, false);
        noArguments =
                CallContext.getCallContext(word, new Type[0], CallingConvention.DEFAULT, false);
        syscallAddress = symbol("syscall");
        mmapAddress = symbol("mmap");
        clockAddress = symbol("clock_gettime");
    }

    /** A system call of up to five arguments: its value or negated errno. */
    long call(int number, long a, long b, long c, long d, long e) {
        long result = invoker.invokeN6(sixLongs, syscallAddress, number, a, b, c, d, e);
        return result == -1 ? -lastError.get() : result;
    }

    long call(int number) {
        return call(number, 0, 0, 0, 0, 0);
    }

    long call(int number, long a) {
        return call(number, a, 0, 0, 0, 0);
    }

    long call(int number, long a, long b) {
        return call(number, a, b, 0, 0, 0);
    }

    long call(int number, long a, long b, long c) {
        return call(number, a, b, c, 0, 0);
    }

    long call(int number, long a, long b, long c, long d) {
        return call(number, a, b, c, d, 0);
    }

    /**
     * mmap(2), which has one argument more than {@link #call} takes: an address or a negated errno.
     */
    long mmap(long address, long length, int prot, int flags, int fd, long offset) {
        long result =
                invoker.invokeN6(sixLongs, mmapAddress, address, length, prot, flags, fd, offset);
        return result == -1 ? -lastError.get() : result;
    }

    /** clock_gettime(3) through the vDSO; {@code target} takes a {@code struct timespec}. */
    void clock(int clockId, MemorySegment target) {
        invoker.invokeN2(twoLongs, clockAddress, clockId, target.address());
    }

    /**
     * A library function of up to six words that returns an {@code int} error number
     * (posix_spawn(3) and family).
     */
    int function(long address, long a, long b, long c, long d, long e, long f) {
        return (int) invoker.invokeN6(sixLongs, address, a, b, c, d, e, f);
    }

    /** A function without arguments that returns a word. */
    long word(long address) {
        return invoker.invokeN0(noArguments, address);
    }

    /** Address of a function of libc, 0 if it has none of that name. */
    long optionalSymbol(String name) {
        return libc.getSymbolAddress(name);
    }

    /** Address of a function of libc. */
    long symbol(String name) {
        long address = optionalSymbol(name);
        if (address == 0) {
            throw new IllegalStateException("the host's libc has no " + name);
        }
        return address;
    }
}
