package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.CgroupHolder;
import dev.moat.api.cgroup.DeviceAttachment;
import dev.moat.api.cgroup.DevicePrograms;
import dev.moat.api.cgroup.DeviceRules;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_PROG_QUERY and BPF_LINK_CREATE on control groups:
 * kernel/bpf/syscall.c, kernel/bpf/cgroup.c.
 */
final class GroupCalls {
    private static final int GROUP = 0;
    private static final int PROGRAM = 4;
    private static final int TYPE = 8;
    private static final int FLAGS = 12;
    private static final int REPLACED = 16;
    private static final int RELATIVE = 20;
    private static final int REVISION = 24;
    private static final int ATTACH_END = 32;

    private static final int QUERY_TYPE = 4;
    private static final int QUERY_FLAGS = 8;
    private static final int ATTACH_FLAGS = 12;
    private static final int IDS = 16;
    private static final int COUNT = 24;
    private static final int ATTACH_FLAGS_LIST = 32;
    private static final int QUERY_REVISION = 56;
    private static final int QUERY_END = 64;

    private static final int LINK_PROGRAM = 0;
    private static final int LINK_GROUP = 4;
    private static final int LINK_RELATIVE = 16;

    private static final int KNOWN =
            Bpf.BPF_F_ALLOW_OVERRIDE | Bpf.BPF_F_ALLOW_MULTI | Bpf.BPF_F_REPLACE;

    private final Task task;
    private final Attributes attributes;

    GroupCalls(Task task, Attributes attributes) {
        this.task = task;
        this.attributes = attributes;
    }

    long attach() {
        attributes.checkEnd(ATTACH_END);
        checkType(TYPE);
        int flags = attributes.word(FLAGS);
        if ((flags & ~KNOWN) != 0 || attributes.word(RELATIVE) != 0) {
            throw Errno.EINVAL.exception();
        }
        Program program = acquire(attributes.word(PROGRAM));
        Program replaced = null;
        boolean attached = false;
        try {
            Cgroup group = group(attributes.word(GROUP));
            int replaces = Bpf.BPF_F_ALLOW_MULTI | Bpf.BPF_F_REPLACE;
            if ((flags & replaces) == replaces) {
                replaced = acquire(attributes.word(REPLACED));
            }
            DeviceAttachment attachment = new DeviceAttachment(program, null);
            DeviceRules.attach(group, attachment, replaced, flags, attributes.address(REVISION));
            attached = true;
            return 0;
        } finally {
            release(replaced);
            if (!attached) {
                program.release();
            }
        }
    }

    /** EBADF; EINVAL: it is no program of this type. */
    private Program acquire(int fd) {
        Program program = ProgramCalls.acquire(task, fd);
        if (program.facts().type() != ProgramType.DEVICES) {
            program.release();
            throw Errno.EINVAL.exception();
        }
        return program;
    }

    private static void release(@Nullable Program program) {
        if (program != null) {
            program.release();
        }
    }

    long detach() {
        attributes.checkEnd(ATTACH_END);
        checkType(TYPE);
        if (attributes.word(FLAGS) != 0
                || attributes.word(REPLACED) != 0
                || attributes.word(RELATIVE) != 0) {
            throw Errno.EINVAL.exception();
        }
        Cgroup group = group(attributes.word(GROUP));
        Program program = ProgramCalls.acquireOrNull(task, attributes.word(PROGRAM));
        try {
            DeviceRules.detach(group, program, null, attributes.address(REVISION));
            return 0;
        } finally {
            release(program);
        }
    }

    long query() {
        if (!Rights.of(task.credentials()).network()) {
            throw Errno.EPERM.exception();
        }
        attributes.checkEnd(QUERY_END);
        int flags = attributes.word(QUERY_FLAGS);
        if ((flags & ~Bpf.BPF_F_QUERY_EFFECTIVE) != 0) {
            throw Errno.EINVAL.exception();
        }
        checkType(QUERY_TYPE);
        Cgroup group = group(attributes.word(GROUP));
        boolean effective = flags != 0;
        long flagsAddr = attributes.address(ATTACH_FLAGS_LIST);
        if (effective && flagsAddr != 0) {
            throw Errno.EINVAL.exception();
        }
        DevicePrograms own = DeviceRules.of(group);
        List<DeviceAttachment> found = effective ? DeviceRules.effective(group) : own.attachments();
        int ownFlags = effective ? 0 : own.flags();
        attributes.put(ATTACH_FLAGS, ownFlags);
        attributes.put(COUNT, found.size());
        if (!effective && attributes.reaches(QUERY_END)) {
            attributes.putLong(QUERY_REVISION, own.revision());
        }
        int room = attributes.word(COUNT);
        long idsAddr = attributes.address(IDS);
        if (room == 0 || idsAddr == 0) {
            return 0;
        }
        int given = Integer.compareUnsigned(room, found.size()) < 0 ? room : found.size();
        for (int i = 0; i < given; i++) {
            task.user().writeInt(idsAddr + 4L * i, found.get(i).program().id());
            if (flagsAddr != 0) {
                task.user().writeInt(flagsAddr + 4L * i, ownFlags);
            }
        }
        return given < found.size() ? Errno.ENOSPC.negated() : 0;
    }

    long link() {
        attributes.checkEnd(ATTACH_END);
        Program program = acquire(attributes.word(LINK_PROGRAM));
        Link made;
        try {
            checkType(TYPE);
            if (attributes.word(FLAGS) != 0
                    || attributes.word(LINK_RELATIVE) != 0
                    || attributes.address(REVISION) != 0) {
                throw Errno.EINVAL.exception();
            }
            Cgroup group = group(attributes.word(LINK_GROUP));
            made = Link.create(ProgramTable.of(task.sandbox()), program, group);
        } catch (ErrnoException refused) {
            program.release();
            throw refused;
        }
        return ProgramCalls.open(task, made);
    }

    /** BPF_LINK_DETACH. */
    long detachLink() {
        attributes.checkEnd(4);
        FileDescription file = task.files().acquire(attributes.word(0));
        try {
            if (!(file instanceof LinkFile of)) {
                throw Errno.EINVAL.exception();
            }
            of.link().detach();
            return 0;
        } finally {
            file.release();
        }
    }

    private void checkType(int at) {
        if (attributes.word(at) != Bpf.BPF_CGROUP_DEVICE) {
            throw Errno.EINVAL.exception();
        }
    }

    /** cgroup_get_from_fd(): EBADF; ENOENT: it is removed. */
    private Cgroup group(int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file.inode() instanceof CgroupHolder holder)) {
                throw Errno.EBADF.exception();
            }
            if (holder.cgroup().isRemoved()) {
                throw Errno.ENOENT.exception();
            }
            return holder.cgroup();
        } finally {
            file.release();
        }
    }
}
