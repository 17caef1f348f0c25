package dev.moat.fs.sys;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.namespace.Loopback;
import dev.moat.api.sandbox.Sandbox;

/** Builds the tree: Documentation/ABI/{stable,testing}/sysfs-*. */
final class SystemTree {
    private final HostSystem host;
    private final HostFiles files;
    private final Sandbox sandbox;
    private final int cpus;

    SystemTree(HostSystem host, HostFiles files, Sandbox sandbox) {
        this.host = host;
        this.files = files;
        this.sandbox = sandbox;
        this.cpus = host.usableCpus();
    }

    void addTo(SysDirectory root) {
        root.directory("block");
        root.directory("bus");
        LoopbackTree.addTo(root, Loopback.of(sandbox));
        root.directory("dev/block");
        root.directory("dev/char");
        root.directory("devices/virtual");
        root.directory("firmware");
        root.directory("fs/cgroup");
        root.directory("module");
        addCpus(root.directory("devices/system/cpu"));
        addNode(root.directory("devices/system/node"));
        addKernel(root.directory("kernel"));
    }

    private void addCpus(SysDirectory directory) {
        String all = list(cpus);
        directory
                .file("online", all)
                .file("possible", all)
                .file("present", all)
                .file("offline", "")
                .file("isolated", "")
                .file("kernel_max", Integer.toString(cpus - 1));
        int[] numbers = host.usableCpuNumbers();
        for (int cpu = 0; cpu < cpus; cpu++) {
            SysDirectory own = directory.directory("cpu" + cpu);
            addCpu(own, cpu);
            if (cpu < numbers.length) {
                CpuCaches caches = new CpuCaches(files, numbers[cpu], numbers);
                own.add("cache", new CpuCacheDirectory(own, caches));
            }
        }
    }

    /** A core of its own, in the one package. */
    private void addCpu(SysDirectory directory, int cpu) {
        String own = mask(cpu, cpu);
        String all = mask(0, cpus - 1);
        String ownList = Integer.toString(cpu);
        directory
                .directory("topology")
                .file("physical_package_id", "0")
                .file("die_id", "0")
                .file("core_id", ownList)
                .file("core_cpus", own)
                .file("core_cpus_list", ownList)
                .file("thread_siblings", own)
                .file("thread_siblings_list", ownList)
                .file("core_siblings", all)
                .file("core_siblings_list", list(cpus))
                .file("package_cpus", all)
                .file("package_cpus_list", list(cpus));
        directory.link("node0", "../../node/node0");
    }

    private void addNode(SysDirectory directory) {
        directory
                .file("online", "0")
                .file("possible", "0")
                .file("has_cpu", "0")
                .file("has_memory", "0")
                .file("has_normal_memory", "0");
        SysDirectory node = directory.directory("node0");
        node.file("cpulist", list(cpus))
                .file("cpumap", mask(0, cpus - 1))
                .file("distance", "10")
                .file("meminfo", new SysValue.NodeMemory(host, sandbox));
        HugePoolValue.addOfNode(node, sandbox);
        for (int cpu = 0; cpu < cpus; cpu++) {
            node.link("cpu" + cpu, "../../cpu/cpu" + cpu);
        }
    }

    private void addKernel(SysDirectory directory) {
        directory.file("address_bits", "64").file("cpu_byteorder", "little");
        directory
                .directory("mm/transparent_hugepage")
                .file("enabled", new SysValue.HugePages(sandbox))
                .file("hpage_pmd_size", "2097152");
        HugePoolValue.addAll(directory.directory("mm"), sandbox);
    }

    /** A list of the first CPUs, {@code %*pbl}. */
    private static String list(int count) {
        return count == 1 ? "0" : "0-" + (count - 1);
    }

    /** A mask of CPUs in words of 32 bits, {@code %*pb}; as wide as the number of CPUs asks. */
    private String mask(int first, int last) {
        StringBuilder text = new StringBuilder();
        int words = (cpus + Integer.SIZE - 1) / Integer.SIZE;
        for (int word = words - 1; word >= 0; word--) {
            long bits = 0;
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                int cpu = word * Integer.SIZE + bit;
                if (cpu >= first && cpu <= last) {
                    bits |= 1L << bit;
                }
            }
            boolean leading = text.isEmpty();
            text.append(leading ? "" : ",").append(leading ? Long.toHexString(bits) : word(bits));
        }
        return text.toString();
    }

    private static String word(long bits) {
        return String.format("%08x", bits);
    }
}
