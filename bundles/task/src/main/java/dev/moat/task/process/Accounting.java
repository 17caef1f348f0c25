package dev.moat.task.process;

import dev.moat.abi.AcctV3;
import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Statfs;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Process accounting of a pid namespace: a record for each process that ends in it or below, at the
 * end of a file. Source: acct(2), kernel/acct.c.
 */
@Stateful
public final class Accounting {
    // /proc/sys/kernel/acct: shares of a file system's blocks in percent, and the time between two
    // looks at them.
    private static final int RESUME_PERCENT = 4;
    private static final int SUSPEND_PERCENT = 2;
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(30);

    /** AHZ is 100. */
    private static final int TICK_NS = 10_000_000;

    private final RankedLock lock = new RankedLock(LockRank.THREAD_GROUP);

    // Guarded by lock.
    private @Nullable FileDescription file;
    private UserView space = UserView.First.INSTANCE;
    private boolean suspended;
    private long nextLookNs;

    /**
     * From now on, to {@code wanted}. The last record of a file is of the one who changes it, and
     * tells next to nothing: acct_pin_kill().
     *
     * @param wanted its reference becomes ours; null: not any more
     */
    public void use(GuestTask changer, @Nullable FileDescription wanted) {
        write(changer.group().pids(), new End(changer, null));
        exchange(wanted, changer.credentials().space());
    }

    /** The namespace ends with its process 1, which has a second record. */
    void end(End init) {
        write(init.task.group().pids(), init);
        exchange(null, UserView.First.INSTANCE);
    }

    private void exchange(@Nullable FileDescription wanted, UserView opener) {
        FileDescription former;
        lock.lock();
        try {
            former = file;
            file = wanted;
            space = opener;
            suspended = false;
            nextLookNs = 0;
        } finally {
            lock.unlock();
        }
        if (former != null) {
            former.release();
        }
    }

    /**
     * What {@link TaskExit} knows of a process whose last task has ended.
     *
     * @param status null: it has not ended
     */
    record End(GuestTask task, @Nullable ExitStatus status) {}

    /** Writes the record of a process in all namespaces that it is in. */
    static void tell(ProcessTree tree, End end) {
        PidView pids = end.task.group().pids();
        while (true) {
            tree.accounting(pids).write(pids, end);
            if (pids.level() == 0) {
                return;
            }
            pids = pids.parent();
        }
    }

    private void write(PidView pids, End end) {
        FileDescription target;
        UserView names;
        lock.lock();
        try {
            target = file;
            names = space;
            if (target == null || !target.tryRetain()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        try {
            if (hasRoom(target, end.task)) {
                byte[] record = new byte[(int) AcctV3.SIZE];
                recordOf(pids, names, end).writeTo(MemorySegment.ofArray(record), 0);
                target.write(end.task, KernelBuffer.of(record));
            }
        } catch (ErrnoException e) {
            // Nobody is there to be told: what cannot be written is lost, as in Linux.
            return;
        } catch (WaitSuspended e) {
            // Lost, too: most who end make no call again.
            end.task.resumption().clear();
        } finally {
            target.release();
        }
    }

    /** Accounting rests while its file system is nearly full: check_free_space(). */
    private boolean hasRoom(FileDescription target, GuestTask task) {
        long now = task.services().clock().monotonicNs();
        lock.lock();
        try {
            if (now < nextLookNs) {
                return !suspended;
            }
        } finally {
            lock.unlock();
        }
        Statfs room = roomOf(target);
        lock.lock();
        try {
            if (room == null) {
                return !suspended;
            }
            suspended =
                    suspended
                            ? room.availableBlocks() < room.blocks() * RESUME_PERCENT / 100
                            : room.availableBlocks() <= room.blocks() * SUSPEND_PERCENT / 100;
            nextLookNs = now + LOOK_NS;
            return !suspended;
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable Statfs roomOf(FileDescription target) {
        try {
            return target.inode().filesystem().statfs();
        } catch (ErrnoException e) {
            // It does not tell: writing is tried.
            return null;
        }
    }

    private static AcctV3 recordOf(PidView pids, UserView names, End end) {
        GuestTask task = end.task;
        GuestGroup group = task.group();
        ExitStatus status = end.status == null ? ExitStatus.exited(0) : end.status;
        Usage used = end.status == null ? Usage.NONE : group.usage();
        long livedNs = task.services().clock().boottimeNs() - group.leader().startTimeNs();
        long begin =
                TimeUnit.NANOSECONDS.toSeconds(task.services().clock().realtimeNs())
                        - TimeUnit.NANOSECONDS.toSeconds(livedNs);
        int flags =
                (group.executed || end.status == null ? 0 : AcctV3.AFORK)
                        | (status.coreDumped() ? AcctV3.ACORE : 0)
                        | (status.signal() != 0 ? AcctV3.AXSIG : 0);
        return new AcctV3(
                flags,
                group.terminal().map(each -> shortDevice(each.device())).orElse(0),
                status.waitStatus(),
                names.seenUid(task.credentials().uid()),
                names.seenGid(task.credentials().gid()),
                pids.seen(group.tgid()),
                Math.max(0, pids.seen(group.parentTgid())),
                (int) Math.clamp(begin, 0, 0xffff_ffffL),
                Float.floatToRawIntBits(livedNs / TICK_NS),
                AcctV3.pack(used.userNs() / TICK_NS),
                AcctV3.pack(used.systemNs() / TICK_NS),
                AcctV3.pack(group.endMemoryBytes >> 10),
                AcctV3.pack(used.minorFaults()),
                AcctV3.pack(used.majorFaults()),
                task.name());
    }

    /** old_encode_dev(). */
    private static int shortDevice(long device) {
        return DeviceNumbers.major(device) << 8 | DeviceNumbers.minor(device) & 0xff;
    }
}
