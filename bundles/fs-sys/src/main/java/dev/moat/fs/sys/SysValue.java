package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.namespace.Loopback;
import dev.moat.api.sandbox.Sandbox;

/** What a file says: asked for at each reading. */
sealed interface SysValue
        permits SysValue.Fixed,
                SysValue.HugePages,
                SysValue.LinkFlags,
                SysValue.LinkState,
                SysValue.NodeMemory,
                HugePoolValue {
    String text();

    /** Whether root may write it. */
    default boolean isWritable() {
        return false;
    }

    /** Takes a value that was written: EINVAL for a bad one. */
    default void accept(String value) {
        throw Errno.EIO.exception();
    }

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

    /** {@code flags} of the loopback device: IFF_* that are its own. */
    record LinkFlags(Loopback link) implements SysValue {
        /** IFF_UP and IFF_LOOPBACK; what the device seems to be doing is not told here. */
        private static final int OWN = 9;

        @Override
        public String text() {
            return String.format("0x%x\n", link.flags() & OWN);
        }
    }

    /** A file that says one thing if the device is up, and another, or EINVAL, if it is down. */
    record LinkState(Loopback link, String up, String down) implements SysValue {
        @Override
        public String text() {
            String text = link.isUp() ? up : down;
            if (text.isEmpty()) {
                throw Errno.EINVAL.exception();
            }
            return text;
        }
    }

    /** {@code meminfo} of the one node: Documentation/ABI/stable/sysfs-devices-node. */
    record NodeMemory(HostSystem host, Sandbox sandbox) implements SysValue {
        private static final int KIB = 1024;

        @Override
        public String text() {
            long total = Math.min(sandbox.memory().limitBytes(), host.totalMemoryBytes());
            long used = Math.min(sandbox.memory().usedBytes(), total);
            HugePagePool.Counts huge = sandbox.memory().hugePages().counts();
            return line("MemTotal:", total)
                    + line("MemFree:", total - used)
                    + line("MemUsed:", used)
                    + count("HugePages_Total:", huge.total())
                    + count("HugePages_Free: ", huge.free())
                    + count("HugePages_Surp: ", huge.surplus());
        }

        private static String count(String name, long number) {
            return String.format("Node 0 %s %5d\n", name, number);
        }

        private static String line(String name, long bytes) {
            return String.format("Node 0 %-15s %8d kB\n", name, bytes / KIB);
        }
    }
}
