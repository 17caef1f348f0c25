package dev.moat.platform.trap;

import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The first stub process of a session: empty, without guest threads; others are cloned from it. */
final class TemplateStub implements AutoCloseable {
    private static final int SIGKILL = 9;

    private final TrapSession session;
    private final Stub stub;
    private final ControlPages pages;
    private final RankedLock lock = new RankedLock(LockRank.PLATFORM);
    private final Factory factory;

    /** Starts the process. Its pages are the first of the control file. */
    TemplateStub(TrapSession session, int memoryFd) {
        this.session = session;
        pages = session.controlFile().allocate();
        int processId = start(memoryFd);
        stub =
                new Stub(
                        processId,
                        HostResult.orThrow(session.notifications().openProcess(processId)));
        factory = new Factory(session, pages, processId, stub.pidfd(), 0);
    }

    private int start(int memoryFd) {
        HostParts host = session.host();
        int imageFd = HostResult.orThrow(host.memory().createMemoryFile("moat-stub"));
        try {
            byte[] elf = session.image().elf();
            HostResult.orThrow(host.files().pwrite(imageFd, MemorySegment.ofArray(elf), 0));
            int[] descriptors = {
                memoryFd, session.controlFile().fd(), session.slots().fd(), session.patchFile().fd()
            };
            return HostResult.orThrow(
                    session.reaper().spawn(() -> host.processes().spawn(imageFd, descriptors)));
        } finally {
            host.files().close(imageFd);
        }
    }

    /** A new, empty space. */
    TrapSpace makeSpace() throws StubLostException {
        lock.lock();
        try {
            return session.makeSpace(factory, session.newMappings(), session.newPatches());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        session.processes().signalProcess(stub.processId(), SIGKILL);
        session.reaper()
                .reap(
                        new DyingStub(
                                session,
                                stub,
                                List.of(stub.pidfd()),
                                pages,
                                List.of(),
                                session.newPatches(),
                                0));
    }
}
