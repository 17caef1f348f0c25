package dev.moat.vfs.calls;

import java.util.List;

/** Every handler of this bundle. They have no state: what a call needs is found from its task. */
public final class AllCalls {
    private AllCalls() {}

    public static List<Object> create() {
        return List.of(
                new CloseCalls(),
                new DupCalls(),
                new GetdentsCalls(),
                new OpenCalls(),
                new ReadCalls(),
                new SeekCalls(),
                new StatCalls(),
                new WriteCalls());
    }
}
