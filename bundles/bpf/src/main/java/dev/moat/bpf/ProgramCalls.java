package dev.moat.bpf;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/** Descriptors and numbers of programs and links: kernel/bpf/syscall.c. */
final class ProgramCalls {
    private static final int ID = 0;
    private static final int NEXT_ID = 4;
    private static final int OPEN_FLAGS = 8;
    private static final int TOKEN = 12;

    private ProgramCalls() {}

    /** A descriptor for a program, which gets its use. */
    static long open(Task task, Program program) {
        return install(task, new ProgramFile(program));
    }

    /** A descriptor for a link, which gets its use. */
    static long open(Task task, Link link) {
        return install(task, new LinkFile(link));
    }

    private static long install(Task task, FileDescription file) {
        return task.files().install(task, file, true);
    }

    /** The program of a descriptor, with one more use. EBADF; EINVAL: it is of something else. */
    static Program acquire(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof ProgramFile of)) {
                throw Errno.EINVAL.exception();
            }
            of.program().retain();
            return of.program();
        } finally {
            file.release();
        }
    }

    /** The same; null instead of an error. */
    static @Nullable Program acquireOrNull(Task task, int fd) {
        try {
            return acquire(task, fd);
        } catch (ErrnoException none) {
            return null;
        }
    }

    /** BPF_PROG_GET_FD_BY_ID. */
    static long openProgram(Task task, Attributes attributes) {
        checkId(task, attributes, NEXT_ID);
        Program program = ProgramTable.of(task.sandbox()).acquire(attributes.word(ID));
        if (program == null) {
            throw Errno.ENOENT.exception();
        }
        return open(task, program);
    }

    /** BPF_LINK_GET_FD_BY_ID. */
    static long openLink(Task task, Attributes attributes) {
        checkId(task, attributes, NEXT_ID);
        Link link = ProgramTable.of(task.sandbox()).acquireLink(attributes.word(ID));
        if (link == null) {
            throw Errno.ENOENT.exception();
        }
        return open(task, link);
    }

    /** BPF_PROG_GET_NEXT_ID. */
    static long nextProgram(Task task, Attributes attributes) {
        int id = checkStart(task, attributes);
        return next(attributes, ProgramTable.of(task.sandbox()).nextProgram(id));
    }

    /** BPF_LINK_GET_NEXT_ID. */
    static long nextLink(Task task, Attributes attributes) {
        int id = checkStart(task, attributes);
        return next(attributes, ProgramTable.of(task.sandbox()).nextLink(id));
    }

    /** Of a kind of which there are none: maps, types. */
    static long openNothing(Task task, Attributes attributes) {
        checkId(task, attributes, TOKEN);
        throw Errno.ENOENT.exception();
    }

    static long nextOfNothing(Task task, Attributes attributes) {
        checkStart(task, attributes);
        throw Errno.ENOENT.exception();
    }

    private static void checkId(Task task, Attributes attributes, int end) {
        attributes.checkEnd(end);
        if (!Rights.of(task.credentials()).administers()) {
            throw Errno.EPERM.exception();
        }
    }

    private static int checkStart(Task task, Attributes attributes) {
        attributes.checkEnd(OPEN_FLAGS);
        int id = attributes.word(ID);
        if (Integer.compareUnsigned(id, Integer.MAX_VALUE) >= 0) {
            throw Errno.EINVAL.exception();
        }
        if (!Rights.of(task.credentials()).administers()) {
            throw Errno.EPERM.exception();
        }
        return id;
    }

    private static long next(Attributes attributes, int found) {
        if (found == 0) {
            throw Errno.ENOENT.exception();
        }
        attributes.put(NEXT_ID, found);
        return 0;
    }
}
