package dev.moat.fs.dev.terminal;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FsMagic;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One instance of devpts: the terminals of a sandbox. */
@Stateful
final class DevptsFilesystem implements Filesystem {
    private static final int BLOCK_BYTES = 1024;

    private final DevptsType type;
    private final Sandbox sandbox;

    /** Replaced as a whole by a remount. */
    private volatile DevptsOptions options;

    private final long deviceId;
    private final DevptsRoot root;
    private final MultiplexerNode multiplexer;
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Slaves by number, guarded by lock. */
    private final TreeMap<Integer, TerminalNode> terminals = new TreeMap<>();

    /**
     * The operator's terminal: what /dev/console is. Written once, before the first process runs.
     */
    private volatile @Nullable Pty console;

    DevptsFilesystem(DevptsType type, Sandbox sandbox, DevptsOptions options, long deviceId) {
        this.type = type;
        this.sandbox = sandbox;
        this.options = options;
        this.deviceId = deviceId;
        this.root = new DevptsRoot(this, sandbox.clock());
        this.multiplexer = new MultiplexerNode(this, sandbox.clock(), options.multiplexerMode());
    }

    /**
     * The instance that is mounted at {@code /dev/pts}, else the first one that is mounted
     * anywhere.
     */
    static Optional<DevptsFilesystem> of(Sandbox sandbox) {
        List<MountInfo> mounts =
                sandbox.vfs().mounts().stream()
                        .filter(mount -> mount.filesystem() instanceof DevptsFilesystem)
                        .toList();
        return mounts.stream()
                .filter(mount -> mount.mountPoint().equals("/dev/pts"))
                .findFirst()
                .or(() -> mounts.stream().findFirst())
                .map(mount -> (DevptsFilesystem) mount.filesystem());
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    @Override
    public DevptsRoot root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(
                FsMagic.DEVPTS_SUPER_MAGIC,
                BLOCK_BYTES,
                0,
                0,
                0,
                0,
                0,
                deviceId,
                255,
                BLOCK_BYTES,
                0);
    }

    @Override
    public void sync() {}

    @Override
    public String shownOptions() {
        return options.shown();
    }

    /**
     * What is not given becomes what it is by default; terminals that are there stay as they are:
     * devpts_reconfigure(), fs/devpts/inode.c.
     */
    @Override
    public boolean reconfigure(Map<String, String> changed) {
        DevptsOptions wanted = DevptsOptions.parse(changed);
        options = wanted;
        multiplexer.setAttributes(AttributeChange.mode(wanted.multiplexerMode()));
        return true;
    }

    /** Terminals come and go by themselves. */
    @Override
    public boolean isVolatile() {
        return true;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    MultiplexerNode multiplexer() {
        return multiplexer;
    }

    Optional<TerminalNode> terminal(int number) {
        lock.lock();
        try {
            return Optional.ofNullable(terminals.get(number));
        } finally {
            lock.unlock();
        }
    }

    /** The terminal with the lowest number from {@code number} on. */
    Optional<TerminalNode> terminalFrom(int number) {
        lock.lock();
        try {
            return Optional.ofNullable(terminals.ceilingEntry(number))
                    .map(entry -> entry.getValue());
        } finally {
            lock.unlock();
        }
    }

    Optional<Pty> console() {
        return Optional.ofNullable(console);
    }

    void setConsole(Pty pty) {
        console = pty;
    }

    /**
     * Makes a terminal with the lowest free number.
     *
     * @param opener who becomes its owner, unless mount options say otherwise
     * @throws dev.moat.abi.ErrnoException ENOSPC beyond {@code max}
     */
    TerminalNode newTerminal(Owner opener) {
        DevptsOptions now = options;
        Owner owner = new Owner(now.uid().orElse(opener.uid()), now.gid().orElse(opener.gid()));
        lock.lock();
        try {
            int number = 0;
            while (terminals.containsKey(number)) {
                number++;
            }
            if (!now.permits(number)) {
                throw Errno.ENOSPC.exception();
            }
            Pty pty = new Pty(sandbox, number);
            TerminalNode node = new TerminalNode(this, sandbox.clock(), pty, now.mode(), owner);
            terminals.put(number, node);
            return node;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the name of a terminal away: its master is closed. */
    void remove(Pty pty) {
        @Nullable TerminalNode gone;
        lock.lock();
        try {
            gone = terminals.remove(pty.number());
        } finally {
            lock.unlock();
        }
        if (gone != null) {
            gone.addLinks(-1);
        }
        root.modified();
    }

    /** Opens a new terminal's master, with {@code node} as what fstat(2) shows. */
    MasterFile openMaster(Task task, Inode node, int flags) {
        Owner opener = new Owner(task.credentials().fsUid(), task.credentials().fsGid());
        TerminalNode terminal = newTerminal(opener);
        return new MasterFile(this, node, terminal.pty(), flags);
    }

    /** Opens the slave of a master for TIOCGPTPEER. */
    FileDescription openPeer(MasterFile master, Task task, int flags) {
        TerminalNode node =
                terminal(master.pty().number())
                        .filter(found -> found.pty() == master.pty())
                        .orElseThrow(Errno.EIO::exception);
        FileDescription slave =
                node.open(
                        task,
                        flags & (OpenFlags.O_ACCMODE | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY));
        namePath(slave, task.credentials(), master.pty().number());
        return slave;
    }

    /** Opens a terminal for a task, with the privileges it has. */
    static SlaveFile openSlave(Task task, Inode node, Pty pty, int flags) {
        boolean admin = task.credentials().can(Capabilities.CAP_SYS_ADMIN);
        return SlaveFile.open(node, pty, flags, admin);
    }

    /**
     * Gives a slave that was opened without a path walk the path under which it is mounted, if it
     * is visible.
     */
    void namePath(FileDescription slave, Credentials credentials, int number) {
        Vfs vfs = sandbox.vfs();
        for (MountInfo mount : vfs.mounts()) {
            if (mount.filesystem() == this) {
                try {
                    VfsPath path =
                            vfs.resolve(
                                    vfs.root(),
                                    vfs.root(),
                                    mount.mountPoint() + "/" + number,
                                    credentials,
                                    Vfs.Follow.NO);
                    if (path.inode().filesystem() == this) {
                        slave.setPath(path);
                    }
                    return;
                } catch (ErrnoException e) {
                    // Hidden by another mount or by permissions: the descriptor works without a
                    // name.
                    return;
                }
            }
        }
    }
}
