package dev.moat.api.task;

/** Where core files of a sandbox go: core(5), {@code /proc/sys/kernel}. Thread safe. */
public final class CoreSettings {
    /** CORENAME_MAX_SIZE with the NUL, include/linux/binfmts.h. */
    public static final int PATTERN_BYTES = 128;

    private volatile String pattern = "core";
    private volatile boolean usesPid;

    /** Path of the file, with % specifiers. */
    public String pattern() {
        return pattern;
    }

    public void setPattern(String newPattern) {
        pattern = newPattern;
    }

    /** Whether the name ends with the process id where the pattern does not have it. */
    public boolean usesPid() {
        return usesPid;
    }

    public void setUsesPid(boolean value) {
        usesPid = value;
    }
}
