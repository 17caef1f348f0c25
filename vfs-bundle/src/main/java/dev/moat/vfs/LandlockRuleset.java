package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Landlock;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset in the making, as a file: landlock_create_ruleset(2). Its rules keep the files that
 * they speak of. Source: security/landlock/ruleset.c.
 */
@Stateful
public final class LandlockRuleset extends FileDescription {
    /** More rules are E2BIG: of guests that would fill the kernel's memory with them. */
    private static final int MAX_RULES = 1 << 16;

    /** O_RDWR. */
    private static final int READ_WRITE = 2;

    private final Inode inode;
    private final int handledFiles;
    private final int handledNetwork;
    private final int scopes;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** LANDLOCK_ACCESS_FS_* by identity of the inode; guarded by the lock. */
    private final Map<Object, Integer> files = new HashMap<>();

    /** LANDLOCK_ACCESS_NET_* by port; guarded by the lock. */
    private final Map<Integer, Integer> ports = new HashMap<>();

    public LandlockRuleset(Inode inode, int handledFiles, int handledNetwork, int scopes) {
        super(READ_WRITE);
        this.inode = inode;
        this.handledFiles = handledFiles;
        this.handledNetwork = handledNetwork;
        this.scopes = scopes;
    }

    @Override
    protected void closed() {
        // Domains have copies of its rules.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[landlock-ruleset]";
    }

    /** LANDLOCK_ACCESS_NET_* that it handles. */
    public int handledNetwork() {
        return handledNetwork;
    }

    /** EINVAL for rights that it does not handle. */
    public void checkFileRights(long rights) {
        if ((rights & ~handledFiles) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /**
     * Allows {@code rights} at and below a file.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: rights that a file that is no directory cannot
     *     have; E2BIG: too many rules
     */
    public void allowFile(Place place, int rights) {
        if (!place.dentry().isDirectory() && (rights & ~Confinement.FILE_RIGHTS) != 0) {
            throw Errno.EINVAL.exception();
        }
        Object file = place.inode().identity();
        lock.lock();
        try {
            checkRoom(files.containsKey(file));
            files.merge(file, rights, (a, b) -> a | b);
        } finally {
            lock.unlock();
        }
    }

    /** Allows {@code rights} of a port; they have no effect as long as there are no IP sockets. */
    public void allowPort(int port, int rights) {
        lock.lock();
        try {
            checkRoom(ports.containsKey(port));
            ports.merge(port, rights, (a, b) -> a | b);
        } finally {
            lock.unlock();
        }
    }

    private void checkRoom(boolean known) {
        if (!known && files.size() + ports.size() >= MAX_RULES) {
            throw Errno.E2BIG.exception();
        }
    }

    /**
     * The domain that this ruleset, as it is now, makes of another one.
     *
     * @throws dev.moat.abi.ErrnoException E2BIG: too many layers
     */
    public LandlockDomain restrict(@Nullable LandlockDomain parent) {
        if (parent != null && parent.level() >= LandlockDomain.MAX_LAYERS) {
            throw Errno.E2BIG.exception();
        }
        lock.lock();
        try {
            return new LandlockDomain(parent, handledFiles, scopes, new HashMap<>(files));
        } finally {
            lock.unlock();
        }
    }

    /** Every right of the file system. */
    public static int allFileRights() {
        return (Landlock.LANDLOCK_ACCESS_FS_IOCTL_DEV << 1) - 1;
    }
}
