package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.sem.SemaphoreSets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The files of System V IPC in {@code /proc}: proc_sysvipc(5), proc_sys_kernel(5). */
enum ProcFile implements ProcContent {
    SHM("sysvipc/shm") {
        @Override
        public String render(IpcNamespace space) {
            return ProcTables.segments(space.segments());
        }
    },
    SEM("sysvipc/sem") {
        @Override
        public String render(IpcNamespace space) {
            return ProcTables.semaphores(space.semaphores());
        }
    },
    MSG("sysvipc/msg") {
        @Override
        public String render(IpcNamespace space) {
            return ProcTables.messages(space.messages());
        }
    },
    SHMMAX("sys/kernel/shmmax") {
        @Override
        public String render(IpcNamespace space) {
            return Long.toUnsignedString(space.segments().maxBytes()) + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.segments().setMaxBytes(unsigned(value));
        }
    },
    SHMALL("sys/kernel/shmall") {
        @Override
        public String render(IpcNamespace space) {
            return Long.toUnsignedString(space.segments().maxTotalPages()) + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.segments().setMaxTotalPages(unsigned(value));
        }
    },
    SHMMNI("sys/kernel/shmmni") {
        @Override
        public String render(IpcNamespace space) {
            return space.segments().maxSegments() + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.segments().setMaxSegments(ProcContent.number(value, 0, MOST_OBJECTS));
        }
    },
    MSGMAX("sys/kernel/msgmax") {
        @Override
        public String render(IpcNamespace space) {
            return space.messages().maxMessageBytes() + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.messages().setMaxMessageBytes(ProcContent.number(value, 0, MOST_BYTES));
        }
    },
    MSGMNB("sys/kernel/msgmnb") {
        @Override
        public String render(IpcNamespace space) {
            return space.messages().maxQueueBytes() + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.messages().setMaxQueueBytes(ProcContent.number(value, 0, MOST_BYTES));
        }
    },
    MSGMNI("sys/kernel/msgmni") {
        @Override
        public String render(IpcNamespace space) {
            return space.messages().maxQueues() + "\n";
        }

        @Override
        public void accept(IpcNamespace space, String value) {
            space.messages().setMaxQueues(ProcContent.number(value, 0, MOST_OBJECTS));
        }
    },
    SEM_LIMITS("sys/kernel/sem") {
        @Override
        public String render(IpcNamespace space) {
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
        public void accept(IpcNamespace space, String value) {
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
                all.set(i, ProcContent.number(given[i], 0, most.get(i)));
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

    @Override
    public String path() {
        return path;
    }

    private static long unsigned(String value) {
        try {
            return Long.parseUnsignedLong(value.strip());
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}
