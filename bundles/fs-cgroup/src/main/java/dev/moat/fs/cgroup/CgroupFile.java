package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A file of a control group. */
@Stateful
final class CgroupFile extends CgroupInode {
    private static final int POLLPRI_ERR = 0x2 | 0x8;

    private final CgroupDirectory directory;
    private final String name;
    private final WaitQueue watchers = new WaitQueue();
    private final AtomicInteger changes = new AtomicInteger();

    CgroupFile(CgroupDirectory directory, Control control, long number, Owner owner) {
        super(directory.filesystem(), number, FileMode.S_IFREG | control.mode(), owner);
        this.directory = directory;
        this.name = control.name();
    }

    @Override
    public boolean isAlive() {
        return directory.isAlive() && directory.lookup(name) == this;
    }

    @Override
    int links() {
        return 1;
    }

    CgroupDirectory directory() {
        return directory;
    }

    WaitQueue watchers() {
        return watchers;
    }

    /** How often it has said something new by itself. */
    int changes() {
        return changes.get();
    }

    void changed() {
        changes.incrementAndGet();
        watchers.wakeAll(POLLPRI_ERR);
    }

    byte[] content(Task reader) {
        return live().read(directory.cgroup(), reader).getBytes(StandardCharsets.ISO_8859_1);
    }

    void accept(Task writer, String text) {
        Control control = live();
        Cgroup group = directory.cgroup();
        if (!control.isDelegatable() && Views.isRootOf(group, writer)) {
            throw Errno.EPERM.exception();
        }
        control.write(group, writer, text);
    }

    boolean notifies() {
        return name.endsWith(".events");
    }

    /** ENODEV if the group, or the controller, is gone. */
    private Control live() {
        Control control = Controls.find(directory.cgroup(), name);
        if (control == null || directory.cgroup().isRemoved()) {
            throw Errno.ENODEV.exception();
        }
        return control;
    }

    /** Who may open it may open it in any way; what it cannot do fails then: EINVAL. */
    @Override
    public FileDescription open(Task task, int flags) {
        live();
        return new CgroupFileDescription(this, flags);
    }

    @Override
    public void truncate(long sizeBytes) {
        // As for all files of this kind: O_TRUNC means nothing.
    }
}
