package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Prctl;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SigInfo;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process by a signal that dumps core, on the thread that the signal hit. Source:
 * fs/coredump.c do_coredump.
 */
final class CoreDump {
    /** A file of less than a page is none: ELF_EXEC_PAGESIZE. */
    private static final long LEAST_BYTES = 4096;

    private static final int PERMISSIONS = 0600;

    private final TaskServices services;
    private final GuestTask task;
    private final ExecutionContext context;

    CoreDump(TaskServices services, GuestTask task, ExecutionContext context) {
        this.services = services;
        this.task = task;
        this.context = context;
    }

    /** Ends the process, after its core file is written if there is to be one. */
    void run(SigInfo info) {
        task.sandbox().syscalls().signalDelivered(task, info);
        ExitStatus status = ExitStatus.killed(info.signal());
        try {
            if (isWanted() && dump(info)) {
                status = status.withCore();
            }
        } catch (ErrnoException e) {
            // No file, or not all of it: as Linux, without a word.
            services.sandbox().log(task + ": no core file: " + e.errno());
        } finally {
            services.sender().kill(task.group(), status);
        }
    }

    /** A task of a process that dumps core ends: its registers go to the file. On its thread. */
    static void leaveRegisters(GuestTask task, @Nullable ExecutionContext context) {
        SignalSender sender = task.services().sender();
        CoreThreads threads;
        sender.lock.lock();
        try {
            threads = task.group().signals.core;
        } finally {
            sender.lock.unlock();
        }
        if (threads == null || context == null) {
            return;
        }
        CoreThreads.Part part = CoreNotes.partOf(task, ContextState.of(context));
        sender.lock.lock();
        try {
            threads.parts.add(part);
        } finally {
            sender.lock.unlock();
        }
    }

    private boolean isWanted() {
        GuestGroup group = task.group();
        return group.dumpable() == Prctl.SUID_DUMP_USER
                && group.limits().soft(Rlimits.RLIMIT_CORE) >= LEAST_BYTES
                && !services.tree().coreSettings().pattern().isEmpty();
    }

    private boolean dump(SigInfo info) {
        ContextState own = ContextState.of(context);
        CoreThreads others = new CoreThreads();
        if (!stopOthers(others)) {
            return false;
        }
        List<CoreThreads.Part> threads = new ArrayList<>();
        threads.add(CoreNotes.partOf(task, own));
        threads.addAll(others.parts);
        FileDescription file = open(info.signal());
        try {
            Vfs vfs = services.sandbox().vfs();
            List<VmaInfo> areas =
                    task.memory().collectVmas().stream()
                            .map(area -> area.named(vfs, task.fs().root()))
                            .toList();
            byte[] notes = new CoreNotes(task, info).build(threads, areas);
            long limit = task.group().limits().soft(Rlimits.RLIMIT_CORE);
            new CoreFile(task, file, limit).write(areas, notes);
        } finally {
            file.release();
        }
        return true;
    }

    /** Ends the other tasks; false if somebody ends the whole process first. */
    private boolean stopOthers(CoreThreads others) {
        GuestGroup group = task.group();
        SignalSender sender = services.sender();
        sender.lock.lock();
        try {
            if (group.signals.exit != null
                    || group.signals.execing != null
                    || group.signals.core != null) {
                return false;
            }
            group.signals.core = others;
            group.signals.execing = task;
            for (GuestTask other : group.live) {
                if (other != task) {
                    other.signals().killLocked();
                }
            }
        } finally {
            sender.lock.unlock();
        }
        Blocker.Outcome outcome =
                task.blocker().awaitUninterruptibly(() -> group.live.size() == 1, Blocker.FOREVER);
        sender.lock.lock();
        try {
            group.signals.execing = null;
            group.signals.core = null;
        } finally {
            sender.lock.unlock();
        }
        return outcome == Blocker.Outcome.READY;
    }

    private FileDescription open(int signal) {
        String name = CoreName.of(task, signal, services.tree().coreSettings());
        replace(name);
        int flags =
                OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK;
        FileDescription file = services.sandbox().vfs().open(task, name, flags, PERMISSIONS);
        try {
            Attributes facts = file.inode().attributes();
            VfsPath path = file.path();
            Credentials viewer =
                    path == null
                            ? task.credentials()
                            : task.credentials().through(path.mount().idMap());
            boolean plain =
                    (facts.mode() & FileMode.S_IFMT) == FileMode.S_IFREG
                            && facts.links() == 1
                            && facts.uid() == viewer.fsUid();
            if (!plain) {
                throw Errno.EPERM.exception();
            }
            file.truncate(task, 0);
            return file;
        } catch (ErrnoException e) {
            file.release();
            throw e;
        }
    }

    /** A file of that name keeps its content where it has another one, too: do_coredump(). */
    private void replace(String name) {
        try {
            services.sandbox().vfs().unlink(task, name);
        } catch (ErrnoException e) {
            // There is none, or opening it fails, too.
        }
    }
}
