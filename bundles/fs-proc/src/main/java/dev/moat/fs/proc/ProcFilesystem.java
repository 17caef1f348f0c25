package dev.moat.fs.proc;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One proc instance: the root directory, and what its files want to know. */
@Stateful
final class ProcFilesystem implements Filesystem {
    private final ProcFilesystemType type;
    private final Sandbox sandbox;
    private final long deviceId;
    private final HostFacts facts;
    private final ForeignFiles foreign;
    private final PidView pids;

    /** {@code subset=pid}: it has processes only. */
    private final boolean onlyProcesses;

    /** Replaced as a whole; null in what was written before there was one. */
    private volatile @Nullable Visibility visibility;

    private final ProcDirectory root;

    ProcFilesystem(
            ProcFilesystemType type,
            MountRequest request,
            PidView pids,
            Visibility visibility,
            HostFiles hostFiles,
            HostSystem hostSystem,
            ForeignFiles foreign) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.facts = new HostFacts(hostFiles, hostSystem);
        this.foreign = foreign;
        this.pids = pids;
        this.onlyProcesses = visibility.onlyProcesses();
        this.visibility = visibility;
        this.root = new RootDirectory(this);
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public String shownOptions() {
        return visibility().shown();
    }

    /** What it shows to whom, now. */
    Visibility visibility() {
        Visibility known = visibility;
        return known != null ? known : new Visibility(HiddenPids.OFF, 0, onlyProcesses);
    }

    @Override
    public boolean reconfigure(Map<String, String> options) {
        Task task = PayingThread.current();
        UserView space = task == null ? UserView.First.INSTANCE : task.credentials().space();
        visibility = visibility().with(options, space);
        return true;
    }

    boolean onlyProcesses() {
        return visibility().onlyProcesses();
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    /** proc_lookup(). */
    @Override
    public boolean hasFixedNames() {
        return true;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(FsMagic.PROC_SUPER_MAGIC, 4096, 0, 0, 0, 0, 0, 0, 255, 4096, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }

    /** Processes come and go by themselves. */
    @Override
    public boolean isVolatile() {
        return true;
    }

    /** Those of processes that have ended would stay with all that is below them. */
    @Override
    public boolean keepsNames() {
        return false;
    }

    /** How its processes are numbered: as the namespace does that it was mounted in. */
    PidView pids() {
        // older files tell of none
        return Objects.requireNonNullElse(pids, PidView.First.INSTANCE);
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** Files of other bundles. */
    ForeignFiles foreign() {
        return foreign;
    }

    HostFacts facts() {
        return facts;
    }

    @Override
    public boolean opensDirect() {
        return false;
    }
}
