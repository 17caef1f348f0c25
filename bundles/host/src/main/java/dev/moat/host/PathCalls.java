package dev.moat.host;

import dev.moat.abi.ErrnoException;

/**
 * Calls with one or two strings: their errors (too long, with a NUL) are results like the others.
 */
record PathCalls(ScratchPool scratchPool) {
    /** Calls with the address of {@code path}. */
    int withPath(String path, PathCall call) {
        return (int) withPathWide(path, call);
    }

    /** {@link #withPath} for results of more than 31 bits. */
    long withPathWide(String path, PathCall call) {
        try (Scratch scratch = scratchPool.borrow()) {
            return call.apply(scratch, scratch.string(path));
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    /** Calls with the addresses of both. */
    int withPaths(String first, String second, TwoPathsCall call) {
        try (Scratch scratch = scratchPool.borrow()) {
            return (int) call.apply(scratch.string(first), scratch.string(second));
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    /** One call. */
    interface PathCall {
        long apply(Scratch scratch, long pathAddress);
    }

    /** One call. */
    interface TwoPathsCall {
        long apply(long firstAddress, long secondAddress);
    }
}
