package dev.moat.fs.sys;

import dev.moat.api.host.HostSystem;
import dev.moat.api.sandbox.Sandbox;

/** What a file says: asked for at each reading. */
sealed interface SysValue {
    String text();

    /** The same for ever. */
    record Fixed(String text) implements SysValue {}

    /** {@code enabled} of transparent huge pages: Documentation/admin-guide/mm/transhuge.rst. */
    record HugePages(Sandbox sandbox) implements SysValue {
        @Override
        public String text() {
            return sandbox.memory().file().hasHugePages()
                    ? "always [madvise] never\n"
                    : "always madvise [never]\n";
        }
    }

    /** {@code meminfo} of the one node: Documentation/ABI/stable/sysfs-devices-node. */
    record NodeMemory(HostSystem host, Sandbox sandbox) implements SysValue {
        private static final int KIB = 1024;

        @Override
        public String text() {
            long total = Math.min(sandbox.memory().limitBytes(), host.totalMemoryBytes());
            long used = Math.min(sandbox.memory().usedBytes(), total);
            return line("MemTotal:", total)
                    + line("MemFree:", total - used)
                    + line("MemUsed:", used);
        }

        private static String line(String name, long bytes) {
            return String.format("Node 0 %-15s %8d kB\n", name, bytes / KIB);
        }
    }
}
