package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Whether call sites may be patched: the operator's wish and what the machine has. */
enum Patching {
    ON,
    OFF;

    /** System property: {@code off} has every call take the way of a notification. */
    private static final String PROPERTY = "moat.trap.patch";

    private static final int FIRST_CPU_BYTES = 8192;

    /** What the system property asks for. */
    static Patching choose(HostFiles files) {
        return of(System.getProperty(PROPERTY, "on").equals("off") ? OFF : ON, files);
    }

    /** What is wanted, where the instructions that trampolines need are there. */
    static Patching of(Patching wanted, HostFiles files) {
        return wanted == ON && hasInstructions(files) ? ON : OFF;
    }

    /** RORX (BMI2) and LAHF in 64-bit mode. */
    private static boolean hasInstructions(HostFiles files) {
        int fd = files.openAt(HostFiles.AT_FDCWD, "/proc/cpuinfo", 0, 0);
        if (HostResult.failed(fd)) {
            return false;
        }
        try {
            byte[] start = new byte[FIRST_CPU_BYTES];
            long length = files.read(fd, MemorySegment.ofArray(start));
            String text =
                    new String(start, 0, (int) Math.max(0, length), StandardCharsets.US_ASCII)
                            .replace('\n', ' ');
            return text.contains(" bmi2 ") && text.contains(" lahf_lm ");
        } finally {
            files.close(fd);
        }
    }
}
