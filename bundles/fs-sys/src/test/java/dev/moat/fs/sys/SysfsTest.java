package dev.moat.fs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SysfsTest {
    private final Map<String, Object> facts =
            Map.of(
                    "usableCpus",
                    3,
                    "usableCpuNumbers",
                    new int[] {0, 1, 3},
                    "openAt",
                    -2,
                    "totalMemoryBytes",
                    1L << 30,
                    "limitBytes",
                    64L << 20,
                    "usedBytes",
                    16L << 20,
                    "realtimeNs",
                    5L);

    private final Inode root = open(Map.of()).root();

    /** Answers methods by name. */
    private <T> T fake(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, args) ->
                                switch (method.getName()) {
                                    case "clock" -> fake(Clock.class);
                                    case "memory" -> fake(SandboxMemory.class);
                                    case "hugePages" -> fake(HugePagePool.class);
                                    case "counts" -> new HugePagePool.Counts(3, 2, 1, 0);
                                    default -> facts.get(method.getName());
                                }));
    }

    private SysFilesystem open(Map<String, String> options) {
        return (SysFilesystem)
                new SysfsType(fake(HostSystem.class), fake(HostFiles.class))
                        .open(
                                new MountRequest(
                                        fake(Sandbox.class), "sysfs", options, true, List.of(), 7));
    }

    private Inode find(String path) {
        Inode at = root;
        for (String name : path.split("/")) {
            at = at.lookup(name);
            assertNotNull(at, path);
        }
        return at;
    }

    @SuppressWarnings("DataFlowIssue") // no task is looked at
    private String read(String path) {
        FileDescription file = find(path).open(null, OpenFlags.O_RDONLY);
        byte[] bytes = new byte[4096];
        long count = file.read(null, KernelBuffer.of(bytes));
        assertEquals(0, file.read(null, KernelBuffer.of(new byte[1])), "end");
        return new String(bytes, 0, (int) count, StandardCharsets.ISO_8859_1);
    }

    @Test
    void cpus_areThoseOfTheKernelHost() {
        assertEquals("0-2\n", read("devices/system/cpu/online"));
        assertEquals("2\n", read("devices/system/cpu/cpu2/topology/core_id"));
        assertEquals("4\n", read("devices/system/cpu/cpu2/topology/thread_siblings"));
        assertEquals("7\n", read("devices/system/node/node0/cpumap"));
        assertNull(find("devices/system/cpu").lookup("cpu3"));
    }

    @Test
    void cpuSets_areReadAndShown() {
        CpuSet set = CpuSet.parse("0-2,5,40-41\n");
        assertEquals("0-2,5,40-41", set.list());
        assertEquals("300,00000027", set.mask(42));
        assertEquals("", CpuSet.parse("").list());
        assertEquals("1", CpuSet.parse("1,x").list());
    }

    @Test
    void caches_ofHostThatTellsNothing_areNone() {
        assertNull(find("devices/system/cpu/cpu2/cache").lookup("index0"));
    }

    @Test
    void links_leadBetweenCpusAndTheirNode() {
        assertEquals(
                "../../node/node0", find("devices/system/cpu/cpu0/node0").readSymlinkContent());
    }

    @Test
    void memory_isTheSandboxs() {
        assertEquals(
                """
                Node 0 MemTotal:          65536 kB
                Node 0 MemFree:           49152 kB
                Node 0 MemUsed:           16384 kB
                Node 0 HugePages_Total:     3
                Node 0 HugePages_Free:      2
                Node 0 HugePages_Surp:      0
                """,
                read("devices/system/node/node0/meminfo"));
    }

    @Test
    void listing_stopsAndGoesOn() {
        SysDirectory directory = (SysDirectory) find("devices/system/node");
        List<String> names = new ArrayList<>();
        long position =
                directory.list(0, (name, inode, type, next) -> names.size() < 3 && names.add(name));
        assertEquals(3, position);
        directory.list(position, (name, inode, type, next) -> names.add(name));
        assertEquals(
                List.of(
                        ".",
                        "..",
                        "online",
                        "possible",
                        "has_cpu",
                        "has_memory",
                        "has_normal_memory",
                        "node0"),
                names);
    }

    @Test
    void writing_failsEacces() {
        Inode file = find("devices/system/cpu/online");
        assertEquals(
                Errno.EACCES,
                assertThrows(ErrnoException.class, () -> file.open(null, OpenFlags.O_RDWR))
                        .errno());
    }

    @Test
    void options_failEinval() {
        assertEquals(
                Errno.EINVAL,
                assertThrows(ErrnoException.class, () -> open(Map.of("a", "b"))).errno());
    }
}
