package dev.moat.fs.dev.terminal;

/** The threads that move bytes between a terminal and the host. */
final class PumpThreads {
    private PumpThreads() {}

    static Thread unstarted(String name, Runnable body) {
        return Thread.ofPlatform().name(name).daemon().unstarted(body);
    }
}
