package dev.moat.fs.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import dev.moat.fs.dev.fake.FakeWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DevtmpfsTest {
    private static final Owner ROOT = new Owner(0, 0);

    private final FakeWorld world = new FakeWorld();
    private final DevDirectory root = open(Map.of("mode", "755"));

    private DevDirectory open(Map<String, String> options) {
        MountRequest request =
                new MountRequest(world.sandbox(), "devtmpfs", options, false, List.of(), 42);
        return ((DevFilesystem) new DevtmpfsType().open(request)).root();
    }

    @Test
    void freshTree_holdsWhatProgramsExpect() {
        Inode zero = root.lookup("zero");
        assertNotNull(zero);
        assertEquals(FileMode.S_IFCHR | 0666, zero.mode());
        assertEquals(DeviceNumbers.make(1, 5), zero.attributes().rdev());
        assertEquals("pts/ptmx", root.lookup("ptmx").readSymlinkContent());
        assertEquals(FileMode.S_IFDIR | 0755, root.mode());
    }

    @Test
    void unknownOption_failsEinval() {
        assertErrno(Errno.EINVAL, () -> open(Map.of("color", "red")));
        assertErrno(Errno.EINVAL, () -> open(Map.of("mode", "9")));
    }

    @Test
    void removeDirectory_failsUnlessEmpty() {
        Inode sub = root.makeDirectory("sub", 0755, ROOT);
        sub.makeSymlink("a", "b", ROOT);
        assertErrno(Errno.ENOTEMPTY, () -> root.removeDirectory("sub"));
        sub.unlink("a");
        long links = root.attributes().links();
        root.removeDirectory("sub");
        assertNull(root.lookup("sub"));
        assertEquals(links - 1, root.attributes().links());
        assertErrno(Errno.ENOENT, () -> sub.makeSymlink("late", "x", ROOT));
    }

    @Test
    void rename_replacesAndExchanges() {
        Inode sub = root.makeDirectory("sub", 0755, ROOT);
        Inode zero = root.lookup("zero");
        Inode full = root.lookup("full");
        root.rename("zero", sub, "z", 0);
        assertSame(zero, sub.lookup("z"));
        assertNull(root.lookup("zero"));
        assertErrno(
                Errno.EEXIST, () -> root.rename("full", sub, "z", RenameFlags.RENAME_NOREPLACE));
        root.rename("full", sub, "z", RenameFlags.RENAME_EXCHANGE);
        assertSame(zero, root.lookup("full"));
        root.rename("full", sub, "z", 0);
        assertSame(zero, sub.lookup("z"));
        assertEquals(0, full.attributes().links());
    }

    @Test
    void hardLinks_areCounted() {
        Inode nul = root.lookup("null");
        root.link("nul", nul);
        assertEquals(2, nul.attributes().links());
        root.unlink("null");
        assertEquals(1, nul.attributes().links());
        assertSame(nul, root.lookup("nul"));
    }

    @Test
    void listing_goesOnWhereItStoppedWhileNamesCome() {
        List<String> seen = new ArrayList<>();
        long position =
                root.list(0, (name, inode, type, next) -> seen.size() < 3 && seen.add(name));
        root.makeSymlink("late", "x", ROOT);
        root.unlink(seen.getLast());
        root.list(position, (name, inode, type, next) -> seen.add(name));
        assertEquals(List.of(".", ".."), seen.subList(0, 2));
        assertEquals(seen.size(), seen.stream().distinct().count());
        assertEquals("late", seen.getLast());
    }

    private static void assertErrno(Errno errno, Runnable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action::run).errno());
    }
}
