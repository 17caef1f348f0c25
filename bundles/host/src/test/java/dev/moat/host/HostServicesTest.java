package dev.moat.host;

import static dev.moat.abi.MemoryFlags.MADV_HUGEPAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostDirent;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.host.HostSystem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostServicesTest {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR_CREAT = 0102;
    private static final int O_DIRECTORY = 0200000;
    private static final int O_PATH = 010000000;

    private final HostServices host = HostServices.create();

    @TempDir Path directory;

    private int openDirectory() {
        return HostResult.orThrow(
                host.files()
                        .openAt(
                                HostFiles.AT_FDCWD,
                                directory.toString(),
                                O_RDONLY | O_DIRECTORY,
                                0));
    }

    @Test
    void openAt2_ofPathThatLeavesRoot_failsExdev() {
        int root = openDirectory();
        int result = host.files().openAt2(root, "../x", O_RDONLY, 0, HostFiles.RESOLVE_BENEATH);
        assertEquals(-Errno.EXDEV.number(), result);
        host.files().close(root);
    }

    @Test
    void write_thenRead_givesTheBytes() throws Exception {
        int root = openDirectory();
        int fd =
                HostResult.orThrow(
                        host.files()
                                .openAt2(
                                        root,
                                        "file",
                                        O_RDWR_CREAT,
                                        0644,
                                        HostFiles.RESOLVE_BENEATH));
        byte[] text = "hello".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(5, host.files().pwrite(fd, MemorySegment.ofArray(text), 3));
        byte[] back = new byte[16];
        assertEquals(8, host.files().pread(fd, MemorySegment.ofArray(back), 0));
        assertEquals('h', back[3]);
        HostStat stat = new HostStat();
        assertEquals(0, host.files().stat(root, "file", 0, stat));
        assertEquals(8, stat.sizeBytes);
        assertEquals(0100644, stat.mode);
        assertEquals(
                (Integer) Files.getAttribute(directory.resolve("file"), "unix:nlink"),
                stat.linkCount);
        assertEquals((Long) Files.getAttribute(directory.resolve("file"), "unix:dev"), stat.device);
        host.files().close(fd);
        host.files().close(root);
    }

    @Test
    void readDirectory_namesEveryEntry() {
        int root = openDirectory();
        assertEquals(0, host.files().makeDirectory(root, "d\u00e9", 0755));
        assertEquals(0, host.files().symlink("target", root, "link"));
        String[] target = new String[1];
        assertEquals(6, host.files().readLink(root, "link", target));
        assertEquals("target", target[0]);
        List<HostDirent> entries = new ArrayList<>();
        assertEquals(4, host.files().readDirectory(root, entries));
        assertTrue(entries.stream().anyMatch(e -> e.name().equals("d\u00e9") && e.type() == 4));
        assertEquals(0, host.files().readDirectory(root, entries));
        host.files().close(root);
    }

    @Test
    void setXattr_onPathDescriptor_works() {
        int root = openDirectory();
        int fd = HostResult.orThrow(host.files().openAt2(root, "x", O_RDWR_CREAT, 0644, 0));
        int path = HostResult.orThrow(host.files().openAt2(root, "x", O_PATH, 0, 0));
        byte[] value = {1, 2, 3};
        int set = host.files().setXattr(path, "user.moat", MemorySegment.ofArray(value), 0);
        if (set != -Errno.EOPNOTSUPP.number()) {
            assertEquals(0, set);
            assertEquals(
                    3, host.files().getXattr(fd, "user.moat", MemorySegment.ofArray(new byte[0])));
            byte[] back = new byte[8];
            assertEquals(3, host.files().getXattr(path, "user.moat", MemorySegment.ofArray(back)));
            assertEquals(2, back[1]);
        }
        host.files().close(path);
        host.files().close(fd);
        host.files().close(root);
    }

    @Test
    void call_withPathThatIsTooLong_failsEnametoolong() {
        assertEquals(
                -Errno.ENAMETOOLONG.number(),
                host.files().makeDirectory(HostFiles.AT_FDCWD, "x".repeat(5000), 0));
        assertEquals(
                -Errno.EINVAL.number(), host.files().makeDirectory(HostFiles.AT_FDCWD, "a\0b", 0));
    }

    @Test
    void punchHole_freesMemory() {
        int fd = HostResult.orThrow(host.memory().createMemoryFile("test"));
        assertEquals(0, host.memory().resize(fd, 1 << 20));
        MemorySegment mapping = host.memory().map(fd, 0, 1 << 20, 3);
        mapping.fill((byte) 1);
        assertEquals(1 << 20, host.memory().allocatedBytes(fd));
        assertEquals(0, host.memory().punchHole(fd, 0, 1 << 19));
        assertEquals(1 << 19, host.memory().allocatedBytes(fd));
        assertEquals(0, host.memory().unmap(mapping));
        host.files().close(fd);
    }

    @Test
    void hugeMemoryFile_hasNoNameAndHugePagesWhereAdvised() throws IOException {
        int fd = host.memory().createHugeMemoryFile("moat:a/b");
        assumeTrue(fd >= 0, "skipped: no huge pages for this process, errno " + -fd);
        Path link = Path.of("/proc/self/fd/" + fd);
        assertTrue(Files.readSymbolicLink(link).toString().startsWith("/memfd:moat:a"));
        int size = 4 << 20;
        assertEquals(0, host.memory().resize(fd, size));
        MemorySegment mapping = host.memory().map(fd, 0, size, 3);
        mapping.set(ValueLayout.JAVA_BYTE, 5, (byte) 1);
        assertEquals(4096, host.memory().allocatedBytes(fd));
        MemorySegment half = mapping.asSlice(size / 2, size / 2);
        assertEquals(0, host.memory().advise(half, MADV_HUGEPAGE));
        half.set(ValueLayout.JAVA_BYTE, 5, (byte) 1);
        long allocated = host.memory().allocatedBytes(fd);
        // a host without a free huge page gives a small one
        assertTrue(allocated == 4096 + size / 2 || allocated == 2 * 4096, "" + allocated);
        assertEquals(0, host.memory().unmap(mapping));
        host.files().close(fd);
    }

    @Test
    void processOf_tellsThatOfAPidfd() throws Exception {
        HostNotifications notifications = new JnrHostNotifications();
        Process child = new ProcessBuilder("cat").start();
        int pidfd = HostResult.orThrow(notifications.openProcess((int) child.pid()));
        assertEquals(child.pid(), notifications.processOf(pidfd));
        child.destroyForcibly().waitFor();
        assertEquals(-Errno.ESRCH.number(), notifications.processOf(pidfd));
        host.files().close(pidfd);
    }

    @Test
    void poll_ofPipe_tellsReadiness() {
        int[] ends = new int[2];
        assertEquals(0, host.files().pipe(ends, 0));
        assertEquals(0, host.files().poll(ends[0], 1, 0));
        assertEquals(1, host.files().write(ends[1], MemorySegment.ofArray(new byte[1])));
        assertEquals(1, host.files().poll(ends[0], 1, 0));
        host.files().close(ends[0]);
        host.files().close(ends[1]);
    }

    @Test
    void facts_areThoseOfTheJvm() {
        assertEquals(ProcessHandle.current().pid(), host.system().processId());
        assertEquals("Linux", host.system().name().system());
        assertTrue(host.system().totalMemoryBytes() > host.system().freeMemoryBytes());
        assertTrue(host.system().maxMapCount() >= 1000);
        assertTrue(host.system().clockNs(HostSystem.CLOCK_BOOTTIME) > 0);
        byte[] random = new byte[100_000];
        host.system().random(random);
        assertTrue(random[99_999] != 0 || random[99_998] != 0 || random[99_997] != 0);
    }
}
