package dev.moat.fs.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Merging, copying up, whiteouts, opaque and redirected directories. */
class OverlayTest {
    private static final Inode.Owner OWNER = new Inode.Owner(5, 6);

    private final LayerFilesystem upper = new LayerFilesystem();
    private final LayerFilesystem lower = new LayerFilesystem();

    @Test
    void lookup_ofLowerFile_showsItWithItsNumber() {
        LayerInode file = lower.root().put("etc/passwd", "root");

        Inode shown = find("etc/passwd");

        assertEquals("root", read(shown));
        assertEquals(file.number(), shown.number());
        assertNull(upper.root().lookup("etc"));
    }

    @Test
    void write_toLowerFile_copiesItUpAndLeavesTheLowerOne() {
        LayerInode file = lower.root().put("etc/passwd", "root");
        Inode shown = find("etc/passwd");
        long number = shown.number();

        shown.writeContent(0, KernelBuffer.of("boot!".getBytes()));

        assertEquals("boot!", read(shown));
        assertEquals("root", file.text());
        assertEquals(number, shown.number());
        assertSame(shown, find("etc/passwd"));
    }

    @Test
    void chmod_ofLowerFile_keepsContentOwnerAndTime() {
        LayerInode file = lower.root().put("a", "x");
        file.setAttributes(AttributeChange.times(OptionalLong.of(9), OptionalLong.of(9)));
        Inode shown = find("a");

        shown.setAttributes(AttributeChange.mode(0600));

        assertEquals(0600, shown.mode() & 07777);
        assertEquals(0644, file.mode() & 07777);
        assertEquals("x", read(shown));
        assertEquals(9, shown.attributes().mtimeNs());
    }

    @Test
    void unlink_ofLowerFile_hidesItByWhiteout() {
        lower.root().put("dir/a", "x");
        lower.root().put("dir/b", "y");

        find("dir").unlink("a");

        assertNull(find("dir").lookup("a"));
        assertEquals(List.of("b"), list(find("dir")));
        assertNotNull(lower.root().lookup("dir").lookup("a"));
    }

    @Test
    void create_overWhiteout_makesANewFile() {
        lower.root().put("a", "old");
        root().unlink("a");

        root().create("a", 0100600, 0, OWNER);

        assertEquals("", read(find("a")));
        assertEquals(List.of("a"), list(root()));
    }

    @Test
    void create_ofExistingName_failsEexist() {
        lower.root().put("a", "old");

        assertFails(Errno.EEXIST, () -> root().create("a", 0100600, 0, OWNER));
    }

    @Test
    void makeDirectory_whereALowerOneWasRemoved_isEmpty() {
        lower.root().put("dir/a", "x");
        find("dir").unlink("a");
        root().removeDirectory("dir");
        assertNull(root().lookup("dir"));

        root().makeDirectory("dir", 0755, OWNER);

        assertEquals(List.of(), list(find("dir")));
    }

    @Test
    void removeDirectory_withLowerEntries_failsEnotempty() {
        lower.root().put("dir/a", "x");

        assertFails(Errno.ENOTEMPTY, () -> root().removeDirectory("dir"));
    }

    @Test
    void list_ofMergedDirectory_showsEachNameOnce() {
        lower.root().put("dir/both", "l");
        lower.root().put("dir/low", "l");
        upper.root().put("dir/both", "u");
        upper.root().put("dir/up", "u");

        assertEquals(List.of("both", "up", "low"), list(find("dir")));
        assertEquals("u", read(find("dir/both")));
    }

    @Test
    void rename_ofLowerFile_movesItAndHidesTheOldName() {
        lower.root().put("a", "x");

        root().rename("a", root(), "b", 0);

        assertEquals(List.of("b"), list(root()));
        assertEquals("x", read(find("b")));
    }

    @Test
    void rename_ofLowerDirectory_takesItsContentAlong() {
        lower.root().put("dir/sub/a", "x");

        root().rename("dir", root(), "moved", 0);

        assertNull(root().lookup("dir"));
        assertEquals("x", read(find("moved/sub/a")));
        assertEquals(List.of("moved"), list(root()));
    }

    @Test
    void rename_ofLowerDirectoryTwice_stillLeadsToIt() {
        lower.root().put("dir/a", "x");
        root().rename("dir", root(), "moved", 0);
        root().makeDirectory("target", 0755, OWNER);

        root().rename("moved", find("target"), "again", 0);

        assertEquals("x", read(find("target/again/a")));
    }

    @Test
    void rename_ofNewDirectoryOverRemovedLowerName_doesNotShowTheLowerContent() {
        lower.root().put("dir/a", "x");
        find("dir").unlink("a");
        root().removeDirectory("dir");
        root().makeDirectory("fresh", 0755, OWNER);

        root().rename("fresh", root(), "dir", 0);

        assertEquals(List.of(), list(find("dir")));
    }

    @Test
    void rename_overLowerFile_replacesIt() {
        lower.root().put("a", "new");
        lower.root().put("b", "old");

        root().rename("a", root(), "b", 0);

        assertEquals("new", read(find("b")));
        assertEquals(List.of("b"), list(root()));
    }

    @Test
    void rename_withNoReplaceOverLowerFile_failsEexist() {
        lower.root().put("a", "new");
        lower.root().put("b", "old");

        assertFails(
                Errno.EEXIST, () -> root().rename("a", root(), "b", RenameFlags.RENAME_NOREPLACE));
    }

    @Test
    void rename_withExchangeOfFileAndDirectory_swapsThem() {
        lower.root().put("file", "f");
        lower.root().put("dir/a", "x");

        root().rename("file", root(), "dir", RenameFlags.RENAME_EXCHANGE);

        assertEquals("f", read(find("dir")));
        assertEquals("x", read(find("file/a")));
    }

    @Test
    void rename_ofFileOverDirectory_failsEisdir() {
        lower.root().put("a", "x");
        lower.root().put("dir/b", "y");

        assertFails(Errno.EISDIR, () -> root().rename("a", root(), "dir", 0));
    }

    @Test
    void link_ofLowerFile_sharesOneInode() {
        lower.root().put("a", "x");

        root().link("b", find("a"));
        find("b").writeContent(0, KernelBuffer.of("y".getBytes()));

        assertEquals("y", read(find("a")));
        assertSame(find("a"), find("b"));
    }

    @Test
    void chmod_ofUnlinkedLowerFile_worksWithoutAName() {
        lower.root().put("a", "x");
        Inode open = find("a");
        root().unlink("a");

        open.setAttributes(AttributeChange.mode(0400));

        assertEquals(0400, open.mode() & 07777);
        assertEquals("x", read(open));
        assertEquals(List.of(), list(root()));
    }

    @Test
    void xattrs_ofTheOverlayItself_stayHidden() {
        lower.root().put("dir/a", "x");
        root().rename("dir", root(), "moved", 0);

        assertEquals(List.of(), find("moved").listXattrs());
        assertFails(Errno.EOPNOTSUPP, () -> find("moved").getXattr("trusted.overlay.redirect"));
    }

    @Test
    void mknod_ofAWhiteout_failsEperm() {
        assertFails(Errno.EPERM, () -> root().create("w", FileMode.S_IFCHR, 0, OWNER));
    }

    private OverlayFilesystem overlay;

    private Inode root() {
        if (overlay == null) {
            overlay =
                    (OverlayFilesystem)
                            new OverlayFilesystemType()
                                    .open(
                                            new MountRequest(
                                                    null,
                                                    "overlay",
                                                    Map.of(),
                                                    false,
                                                    List.of(upper.root(), lower.root()),
                                                    42));
        }
        return overlay.root();
    }

    private Inode find(String path) {
        Inode at = root();
        for (String name : path.split("/")) {
            at = at.lookup(name);
            assertNotNull(at, path);
        }
        return at;
    }

    private static String read(Inode inode) {
        byte[] bytes = new byte[100];
        long count = inode.readContent(0, KernelBuffer.of(bytes));
        return new String(bytes, 0, (int) count);
    }

    private static List<String> list(Inode directory) {
        List<String> names = new ArrayList<>();
        directory.listEntries((name, inode, type, next) -> {
            names.add(name);
            return true;
        });
        return names;
    }

    private static void assertFails(Errno errno, Executable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action).errno());
    }
}
