package dev.moat.fs.sys;

import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The caches of one CPU of the host: Documentation/ABI/testing/sysfs-devices-system-cpu, {@code
 * cpu*&#47;cache}. Programs choose the size of their blocks by them.
 *
 * @param number of the CPU, the host's
 * @param usable the host's numbers of those that guests know as 0, 1 and so on
 */
record CpuCaches(HostFiles files, int number, int[] usable) {
    private static final int MOST_CACHES = 16;
    private static final int MOST_BYTES = 4096;
    private static final String[] COPIED = {
        "coherency_line_size",
        "id",
        "level",
        "number_of_sets",
        "physical_line_partition",
        "size",
        "type",
        "ways_of_associativity"
    };

    /** By the name of a directory the text of its files by name; asks the host. */
    Map<String, Map<String, String>> read() {
        Map<String, Map<String, String>> caches = new LinkedHashMap<>();
        for (int i = 0; i < MOST_CACHES; i++) {
            Map<String, String> cache =
                    cache("/sys/devices/system/cpu/cpu%d/cache/index%d/".formatted(number, i));
            if (cache.isEmpty()) {
                break;
            }
            caches.put("index" + i, cache);
        }
        return caches;
    }

    private Map<String, String> cache(String path) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : COPIED) {
            String text = text(path + name);
            if (!text.isEmpty()) {
                values.put(name, text);
            }
        }
        String shared = text(path + "shared_cpu_list");
        if (!values.isEmpty() && !shared.isEmpty()) {
            CpuSet known = known(CpuSet.parse(shared));
            values.put("shared_cpu_list", known.list());
            values.put("shared_cpu_map", known.mask(usable.length));
        }
        return values;
    }

    /** With the numbers that guests know. */
    private CpuSet known(CpuSet ofHost) {
        BitSet members = new BitSet();
        for (int i = 0; i < usable.length; i++) {
            members.set(i, ofHost.members().get(usable[i]));
        }
        return new CpuSet(members);
    }

    private String text(String path) {
        int fd = files.openAt(HostFiles.AT_FDCWD, path, OpenFlags.O_RDONLY, 0);
        if (HostResult.failed(fd)) {
            return "";
        }
        try {
            byte[] bytes = new byte[MOST_BYTES];
            long count = files.read(fd, MemorySegment.ofArray(bytes));
            return new String(bytes, 0, (int) Math.max(0, count), StandardCharsets.ISO_8859_1)
                    .strip();
        } finally {
            files.close(fd);
        }
    }
}
