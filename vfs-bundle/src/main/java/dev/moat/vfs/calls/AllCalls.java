package dev.moat.vfs.calls;

import java.util.List;

/** Every handler of this bundle. They have no state: what a call needs is found from its task. */
public final class AllCalls {
    private AllCalls() {}

    public static List<Object> create() {
        return List.of(
                new AccessCalls(),
                new CachestatCalls(),
                new ChdirCalls(),
                new ChmodCalls(),
                new ChownCalls(),
                new CloseCalls(),
                new DirectoryCalls(),
                new DupCalls(),
                new EpollCalls(),
                new EventfdCalls(),
                new FcntlCalls(),
                new FileAttributeCalls(),
                new FlockCalls(),
                new FsopenCalls(),
                new GetdentsCalls(),
                new HandleCalls(),
                new InotifyCalls(),
                new IoctlCalls(),
                new LandlockCalls(),
                new LinkCalls(),
                new LsmCalls(),
                new MemfdCalls(),
                new MountCalls(),
                new MountSetattrCalls(),
                new MoveMountCalls(),
                new OpenCalls(),
                new PipeCalls(),
                new PollCalls(),
                new QuotaCalls(),
                new ReadCalls(),
                new RenameCalls(),
                new SeekCalls(),
                new SelectCalls(),
                new SendfileCalls(),
                new SignalfdCalls(),
                new SpliceCalls(),
                new StatCalls(),
                new StatfsCalls(),
                new StatmountCalls(),
                new StatxCalls(),
                new SyncCalls(),
                new SysfsCalls(),
                new TimerfdCalls(),
                new TruncateCalls(),
                new UtimeCalls(),
                new WriteCalls(),
                new XattrAtCalls(),
                new XattrCalls());
    }
}
