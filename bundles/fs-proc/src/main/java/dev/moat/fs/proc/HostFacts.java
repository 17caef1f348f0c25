package dev.moat.fs.proc;

import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostSystem;
import dev.moat.api.swap.Stateful;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The few facts about the machine that guests may see: its processor, because programs choose code
 * by it.
 */
@Stateful
final class HostFacts {
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int MAX_BYTES = 4 << 20;

    private final HostFiles files;
    private final HostSystem system;
    private final byte[] bootId = new byte[16];

    HostFacts(HostFiles files, HostSystem system) {
        this.files = files;
        this.system = system;
        system.random(bootId);
    }

    int cpus() {
        return Math.max(1, system.usableCpus());
    }

    long totalMemoryBytes() {
        return system.totalMemoryBytes();
    }

    long freeMemoryBytes() {
        return system.freeMemoryBytes();
    }

    /** One per sandbox and mount. */
    String bootId() {
        return uuid(bootId.clone());
    }

    String randomUuid() {
        byte[] bytes = new byte[16];
        system.random(bytes);
        return uuid(bytes);
    }

    /** {@code /proc/cpuinfo} of the host, as many processors as this kernel host may use. */
    String cpuInfo() {
        String host = readHostFile("/proc/cpuinfo").orElse("");
        String[] processors = host.split("\n\n", -1);
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < processors.length && i < cpus(); i++) {
            if (!processors[i].isBlank()) {
                shown.append(processors[i].strip()).append("\n\n");
            }
        }
        return shown.toString();
    }

    private Optional<String> readHostFile(String path) {
        int fd = files.openAt(HostFiles.AT_FDCWD, path, OpenFlags.O_RDONLY, 0);
        if (HostResult.failed(fd)) {
            return Optional.empty();
        }
        try {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            long count = files.read(fd, MemorySegment.ofArray(chunk));
            while (count > 0 && content.size() < MAX_BYTES) {
                content.write(chunk, 0, (int) count);
                count = files.read(fd, MemorySegment.ofArray(chunk));
            }
            return Optional.of(content.toString(StandardCharsets.ISO_8859_1));
        } finally {
            files.close(fd);
        }
    }

    /** RFC 9562 version 4. */
    private static String uuid(byte[] random) {
        random[6] = (byte) (random[6] & 0x0f | 0x40);
        random[8] = (byte) (random[8] & 0x3f | 0x80);
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            high = high << 8 | random[i] & 0xff;
            low = low << 8 | random[i + 8] & 0xff;
        }
        return new UUID(high, low).toString();
    }
}
