package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.sem.SemaphoreSets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The files of System V IPC in {@code /proc}: proc_sysvipc(5), proc_sys_kernel(5). */
enum ProcFile {
    SHM("sysvipc/shm") {
        @Override
        String render(IpcNamespace space) {
            return ProcTables.segments(space.segments());
        }
    },
    SEM("sysvipc/sem") {
        @Override
        String render(IpcNamespace space) {
            return ProcTables.semaphores(space.semaphores());
        }
    },
    MSG("sysvipc/msg") {
        @Override
        String render(IpcNamespace space) {
            return ProcTables.messages(space.messages());
        }
    },
    SHMMAX("sys/kernel/shmmax") {
        @Override
        String render(IpcNamespace space) {
            return Long.toUnsignedString(space.segments().maxBytes()) + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.segments().setMaxBytes(unsigned(value));
        }
    },
    SHMALL("sys/kernel/shmall") {
        @Override
        String render(IpcNamespace space) {
            return Long.toUnsignedString(space.segments().maxTotalPages()) + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.segments().setMaxTotalPages(unsigned(value));
        }
    },
    SHMMNI("sys/kernel/shmmni") {
        @Override
        String render(IpcNamespace space) {
            return space.segments().maxSegments() + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.segments().setMaxSegments(number(value, MOST_OBJECTS));
        }
    },
    MSGMAX("sys/kernel/msgmax") {
        @Override
        String render(IpcNamespace space) {
            return space.messages().maxMessageBytes() + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.messages().setMaxMessageBytes(number(value, MOST_BYTES));
        }
    },
    MSGMNB("sys/kernel/msgmnb") {
        @Override
        String render(IpcNamespace space) {
            return space.messages().maxQueueBytes() + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.messages().setMaxQueueBytes(number(value, MOST_BYTES));
        }
    },
    MSGMNI("sys/kernel/msgmni") {
        @Override
        String render(IpcNamespace space) {
            return space.messages().maxQueues() + "\n";
        }

        @Override
        void accept(IpcNamespace space, String value) {
            space.messages().setMaxQueues(number(value, MOST_OBJECTS));
        }
    },
    SEM_LIMITS("sys/kernel/sem") {
        @Override
        String render(IpcNamespace space) {
            SemaphoreSets.Limits limits = space.semaphores().limits();
            return String.format(
                    Locale.ROOT,
                    "%d\t%d\t%d\t%d\n",
                    limits.inSet(),
                    limits.inAll(),
                    limits.operations(),
                    limits.sets());
        }

        @Override
        void accept(IpcNamespace space, String value) {
            SemaphoreSets.Limits old = space.semaphores().limits();
            List<Integer> all =
                    new ArrayList<>(
                            List.of(old.inSet(), old.inAll(), old.operations(), old.sets()));
            List<Integer> most =
                    List.of(
                            IpcConstants.SEMMSL,
                            SemaphoreSets.MOST_SEMAPHORES,
                            IpcConstants.SEMOPM,
                            MOST_OBJECTS);
            String[] given = value.strip().split("\\s+");
            for (int i = 0; i < Math.min(given.length, all.size()); i++) {
                all.set(i, number(given[i], most.get(i)));
            }
            space.semaphores()
                    .setLimits(
                            new SemaphoreSets.Limits(
                                    all.get(0), all.get(1), all.get(2), all.get(3)));
        }
    };

    /** IPCMNI. */
    private static final int MOST_OBJECTS = 32768;

    /** A message or queue lies in the memory of the kernel host. */
    private static final int MOST_BYTES = 1 << 20;

    private final String path;

    ProcFile(String path) {
        this.path = path;
    }

    String path() {
        return path;
    }

    /** Limits can be written by root. */
    int permissions() {
        return path.startsWith("sys/") ? 0644 : 0444;
    }

    abstract String render(IpcNamespace space);

    void accept(IpcNamespace space, String value) {
        throw Errno.EACCES.exception();
    }

    private static int number(String value, int most) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Errno.EINVAL.exception();
    }

    private static long unsigned(String value) {
        try {
            return Long.parseUnsignedLong(value.strip());
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}
