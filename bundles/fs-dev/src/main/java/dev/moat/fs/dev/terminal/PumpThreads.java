package dev.moat.fs.dev.terminal;

/** The threads that move bytes between a terminal and the host. */
final class PumpThreads {
    private PumpThreads() {}

    static Thread unstarted(String name, Runnable body) {
        return Thread.ofPlatform().name(name).daemon().unstarted(body);
    }

    /** Waits for the end of {@code thread}, which has been told to end. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
