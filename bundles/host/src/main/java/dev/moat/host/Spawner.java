package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Starts ELF images held in memory files, by posix_spawn(3). The JVM cannot fork(2). */
final class Spawner {
    /**
     * Larger than {@code posix_spawnattr_t} (336) and {@code posix_spawn_file_actions_t} (80) of
     * any libc.
     */
    private static final int OPAQUE_BYTES = 1024;

    private static final int F_DUPFD_CLOEXEC = 1030;

    /** Above what the child will use, so that moving one descriptor never overwrites another. */
    private static final int PARKING_FD = 200;

    private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int SIGSET_BYTES = 128;

    private final NativeCalls calls;

    Spawner(NativeCalls calls) {
        this.calls = calls;
    }

    /** See {@link dev.moat.api.host.HostProcesses#spawn}. */
    int spawn(int imageFd, int[] childFds) {
        int[] parked = new int[childFds.length + 1];
        int parkedCount = 0;
        try {
            for (; parkedCount < parked.length; parkedCount++) {
                int fd = parkedCount < childFds.length ? childFds[parkedCount] : imageFd;
                int copy = (int) calls.call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, PARKING_FD);
                if (copy < 0) {
                    return copy;
                }
                parked[parkedCount] = copy;
            }
            return spawnWith(parked);
        } finally {
            for (int i = 0; i < parkedCount; i++) {
                calls.call(__NR_close, parked[i]);
            }
        }
    }

    private int spawnWith(int[] fds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(OPAQUE_BYTES, 16);
            MemorySegment attributes = arena.allocate(OPAQUE_BYTES, 16);
            MemorySegment signals = arena.allocate(SIGSET_BYTES, 8);
            MemorySegment pid = arena.allocate(JAVA_INT);
            MemorySegment path = arena.allocateFrom("/proc/self/fd/" + (fds.length - 1));
            // argv and envp: one empty list for both
            MemorySegment empty = arena.allocate(JAVA_LONG);
            one("posix_spawn_file_actions_init", actions.address());
            one("posix_spawnattr_init", attributes.address());
            try {
                for (int i = 0; i < fds.length; i++) {
                    function("posix_spawn_file_actions_adddup2", actions.address(), fds[i], i);
                }
                // glibc 2.34; elsewhere close-on-exec descriptors are all there is to close
                long closeFrom = calls.optionalSymbol("posix_spawn_file_actions_addclosefrom_np");
                if (closeFrom != 0) {
                    calls.function(closeFrom, actions.address(), fds.length, 0, 0, 0, 0);
                }
                function("posix_spawnattr_setsigmask", attributes.address(), signals.address(), 0);
                signals.fill((byte) 0xff);
                function(
                        "posix_spawnattr_setsigdefault",
                        attributes.address(),
                        signals.address(),
                        0);
                function(
                        "posix_spawnattr_setflags",
                        attributes.address(),
                        POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
                        0);
                int error =
                        calls.function(
                                calls.symbol("posix_spawn"),
                                pid.address(),
                                path.address(),
                                actions.address(),
                                attributes.address(),
                                empty.address(),
                                empty.address());
                return error == 0 ? pid.get(JAVA_INT, 0) : -error;
            } finally {
                one("posix_spawn_file_actions_destroy", actions.address());
                one("posix_spawnattr_destroy", attributes.address());
            }
        }
    }

    private void one(String name, long object) {
        function(name, object, 0, 0);
    }

    private void function(String name, long object, long first, long second) {
        int error = calls.function(calls.symbol(name), object, first, second, 0, 0, 0);
        if (error != 0) {
            throw new IllegalStateException(name + " failed with errno " + error);
        }
    }
}
