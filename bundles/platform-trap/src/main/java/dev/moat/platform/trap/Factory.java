package dev.moat.platform.trap;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The first thread of a stub process, which makes threads and processes of itself. It reads its
 * commands from memory that guests cannot write; what it replies could be written by guests, so
 * that a reply is a hint to look whether a descriptor is where it has to be. Guarded by the space's
 * lock.
 */
final class Factory {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);

    /** A new guest thread needs a moment between its making and its first wake-up. */
    private static final int TAKE_TRIES = 500;

    private static final int LAST_ERRNO = 4095;

    private final HostNotifications host;
    private final HostFiles files;
    private final HostProcesses processes;
    private final ControlPages pages;
    private final int processId;
    private final int pidfd;
    private int sequence;

    /**
     * @param sequence the last command that is written on the pages
     */
    Factory(TrapSession session, ControlPages pages, int processId, int pidfd, int sequence) {
        host = session.notifications();
        files = session.files();
        processes = session.processes();
        this.pages = pages;
        this.processId = processId;
        this.pidfd = pidfd;
        this.sequence = sequence;
    }

    /** Has it do something; {@link #await} says when it is done. */
    void command(int command, Slot slot, long childOffset) {
        // a wake-up on another CPU costs more than moving there first
        processes.pinToCpu(processId, processes.currentCpu());
        sequence++;
        pages.command(sequence, command, slot, childOffset);
        host.wakeWord(pages.sequenceWord());
    }

    /**
     * Waits until the stub says that the last command is done, or the host does: guests may write
     * the word that we wait on all the time.
     */
    void await() throws StubLostException {
        long start = System.nanoTime();
        long nextLook = start + LOOK_NS;
        for (int ready = pages.ready(); ready != sequence; ready = pages.ready()) {
            host.waitOnWord(pages.readyWord(), ready, LOOK_NS);
            long now = System.nanoTime();
            if (now - nextLook < 0) {
                continue;
            }
            nextLook = now + LOOK_NS;
            if (isGone()) {
                throw new StubLostException("stub process is gone");
            }
            if (isIdle() || now - start > PATIENCE_NS) {
                return;
            }
        }
    }

    private boolean isGone() {
        int fd = host.takeDescriptor(pidfd, StubLayout.MEMORY_FD);
        if (fd >= 0) {
            files.close(fd);
            return false;
        }
        return true;
    }

    /**
     * Whether it waits for another command: told by the host, which knows the number of the last
     * one from the factory's registers.
     */
    private boolean isIdle() {
        long[] call = host.currentCall(processId);
        return call.length != 0
                && call[0] == SyscallNumbers.__NR_futex
                && call[1] == StubLayout.CONTROL_PAGE + StubLayout.SEQUENCE
                && (int) call[3] == sequence;
    }

    /**
     * The descriptor that the last command made; the caller owns it.
     *
     * @return or a negated errno: nothing was made and nothing will be
     * @throws StubLostException if that cannot be said
     */
    int take(int fd) throws StubLostException {
        int taken = host.takeDescriptor(pidfd, fd);
        for (int tries = 0; taken < 0 && tries < TAKE_TRIES; tries++) {
            long claimed = pages.result();
            boolean failed = claimed < 0 && claimed >= -LAST_ERRNO && pages.ready() == sequence;
            if (isIdle() && failed) {
                taken = host.takeDescriptor(pidfd, fd);
                return taken >= 0 ? taken : (int) claimed;
            }
            LockSupport.parkNanos(POLL_NS);
            taken = host.takeDescriptor(pidfd, fd);
        }
        if (taken < 0) {
            throw new StubLostException("the stub does not do what it is told");
        }
        return taken;
    }
}
