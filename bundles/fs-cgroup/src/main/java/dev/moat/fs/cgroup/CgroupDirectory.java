package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.CgroupHolder;
import dev.moat.api.cgroup.CgroupListener;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A control group. */
@Stateful
final class CgroupDirectory extends CgroupInode
        implements ListedDirectory, CgroupHolder, CgroupListener {
    private static final int DOTS = 2;

    /** Inode numbers of the files of a group are between its own and that of the next one. */
    private static final long NUMBERS = 256;

    private static final Owner ROOT = new Owner(0, 0);
    private static final int MAY_WRITE = 2;

    private final Cgroup group;

    /** Who made the group: its files are his. */
    private final Owner maker;

    /** Those that anybody has looked at. */
    private final Map<String, CgroupFile> files = new ConcurrentHashMap<>();

    private CgroupDirectory(CgroupFilesystem filesystem, Cgroup group, int mode, Owner maker) {
        super(filesystem, group.number() * NUMBERS, FileMode.S_IFDIR | mode & 07777, maker);
        this.group = group;
        this.maker = maker;
    }

    /** The one inode of a group. */
    static CgroupDirectory of(CgroupFilesystem filesystem, Cgroup group) {
        return of(filesystem, group, 0755, ROOT);
    }

    private static CgroupDirectory of(
            CgroupFilesystem filesystem, Cgroup group, int mode, Owner maker) {
        CgroupListener known = group.listener();
        if (known instanceof CgroupDirectory directory) {
            return directory;
        }
        group.tree().lock();
        try {
            if (group.listener() instanceof CgroupDirectory directory) {
                return directory;
            }
            CgroupDirectory made = new CgroupDirectory(filesystem, group, mode, maker);
            group.setListener(made);
            return made;
        } finally {
            group.tree().unlock();
        }
    }

    @Override
    public Cgroup cgroup() {
        return group;
    }

    @Override
    public boolean isAlive() {
        return !group.isRemoved();
    }

    @Override
    int links() {
        return 2 + group.collectChildren().size();
    }

    @Override
    public @Nullable CgroupInode lookup(String name) {
        Cgroup child = group.child(name);
        return child != null ? of(filesystem(), child) : file(name);
    }

    private @Nullable CgroupFile file(String name) {
        Control control = Controls.find(group, name);
        if (control == null) {
            files.remove(name);
            return null;
        }
        long inode = number() + 1 + Controls.indexOf(name);
        return files.computeIfAbsent(name, missing -> new CgroupFile(this, control, inode, maker));
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        return lookup(name) == child;
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        if (name.indexOf('\n') >= 0) {
            throw Errno.EINVAL.exception();
        }
        if (Controls.find(group, name) != null) {
            throw Errno.EEXIST.exception();
        }
        Cgroup made = group.tree().make(group, name);
        return of(filesystem(), made, mode, owner);
    }

    @Override
    public void removeDirectory(String name) {
        group.tree().remove(group, name);
    }

    /** cgroup_procs_write_permission: the right to write is needed above both groups. */
    @Override
    public void checkMigration(Credentials mover, Cgroup from) {
        if (mover.effectiveUid() == 0 && mover.can(dev.moat.abi.Capabilities.CAP_DAC_OVERRIDE)) {
            return;
        }
        checkWritable(mover, group);
        Cgroup common = group;
        while (!from.isWithin(common)) {
            Cgroup above = common.parent();
            if (above == null) {
                break;
            }
            common = above;
        }
        checkWritable(mover, common);
    }

    private void checkWritable(Credentials mover, Cgroup at) {
        CgroupFile procs = of(filesystem(), at).file(Controls.PROCS);
        if (procs == null || !mayWrite(mover, procs)) {
            throw Errno.EACCES.exception();
        }
    }

    private static boolean mayWrite(Credentials who, CgroupFile file) {
        int shift = who.fsUid() == file.uid() ? 6 : who.isInGroup(file.gid()) ? 3 : 0;
        return (file.mode() >>> shift & MAY_WRITE) != 0;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new CgroupDirectoryStream(this, flags);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        List<Entry> entries = collectEntries();
        int at = (int) Math.min(from, entries.size());
        while (at < entries.size()) {
            Entry entry = entries.get(at);
            if (!sink.entry(entry.name(), entry.number(), entry.type(), at + 1)) {
                break;
            }
            at++;
        }
        return at;
    }

    private record Entry(String name, long number, int type) {}

    private List<Entry> collectEntries() {
        List<Entry> entries = new ArrayList<>(DOTS);
        Cgroup parent = group.parent();
        entries.add(new Entry(".", number(), FileMode.DT_DIR));
        long above = parent == null ? number() : parent.number() * NUMBERS;
        entries.add(new Entry("..", above, FileMode.DT_DIR));
        for (String name : Controls.names(group)) {
            long inode = number() + 1 + Controls.indexOf(name);
            entries.add(new Entry(name, inode, FileMode.DT_REG));
        }
        for (Cgroup child : group.collectChildren()) {
            entries.add(new Entry(child.name(), child.number() * NUMBERS, FileMode.DT_DIR));
        }
        return entries;
    }

    @Override
    public void changed(String name) {
        CgroupFile file = files.get(name);
        if (file != null) {
            file.changed();
            filesystem().sandbox().vfs().contentChanged(this, name, file);
        }
    }
}
