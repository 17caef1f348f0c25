package dev.moat.api.task;

import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the task bundle. */
@ProviderType
public interface TaskService {
    /** Creates the task side of one sandbox; owned by the caller. */
    SandboxTasks create(Sandbox sandbox, PlatformSession platform, SandboxMemory memory);

    /** The task side of one sandbox. */
    @ProviderType
    interface SandboxTasks extends AutoCloseable {
        Tasks tasks();

        /** Clock and timers live here: tasks are their main users. */
        dev.moat.api.time.Clock clock();

        dev.moat.api.time.TimerService timers();

        /**
         * Starts a process: the first one is pid 1. Loads the image on the new task's thread.
         *
         * @param files descriptors of the process, ownership passes
         * @param fs root, working directory and umask, ownership passes
         * @return completed with how the process ended, or exceptionally with the ErrnoException
         *     that kept it from starting (ENOENT, EACCES, ENOEXEC...)
         */
        Started start(ProcessSpec spec, FdTable files, FsContext fs);

        /** Completes when the first process has ended. */
        CompletableFuture<ExitStatus> exited();

        /** Ends every task (SIGKILL); none makes a system call or runs guest code any more. */
        void killAll();

        /**
         * Gives each task of a sandbox that was read from a checkpoint a thread, on which it goes
         * on.
         *
         * @param platform on which; memory has been moved to it
         */
        void revive(PlatformSession platform);

        /**
         * Moves all tasks and their memory to {@code target}, all or nothing; at the safe point.
         * The former session is not used any more then, and still the caller's.
         *
         * @throws dev.moat.api.swap.SwapException they cannot be moved; nothing has changed
         * @throws dev.moat.abi.ErrnoException as above: the host has no more room
         */
        void movePlatform(PlatformSession target);

        /** Ends every task (SIGKILL) and returns when all are gone. */
        @Override
        void close();
    }

    /**
     * A started process.
     *
     * @param tgid its pid
     * @param loaded completes when the image runs, exceptionally with an ErrnoException if it
     *     cannot be executed
     * @param exited completes when the process has ended
     */
    record Started(
            int tgid, CompletableFuture<Void> loaded, CompletableFuture<ExitStatus> exited) {}
}
