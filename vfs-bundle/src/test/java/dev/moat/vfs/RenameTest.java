package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.Errno;
import dev.moat.abi.RenameFlags;
import dev.moat.api.vfs.Vfs.Follow;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RenameTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);

    @BeforeEach
    void tree() {
        guest.mkdir("/a", 0755);
        guest.mkdir("/b", 0755);
        guest.close(guest.make("/a/one", "1"));
        guest.close(guest.make("/b/two", "2"));
    }

    @Test
    void rename_movesAndReplaces() {
        assertEquals(0, guest.rename("/a/one", "/b/two"));
        assertEquals("1", guest.text("/b/two"));
        assertEquals(error(Errno.ENOENT), guest.stat("/a/one"));
    }

    @Test
    void openFile_showsItsNewPath() {
        Place place = world.vfs.resolve(world.task, "/a/one", Follow.YES);
        guest.rename("/a", "/b/moved");
        assertEquals("/b/moved/one", world.vfs.pathOf(place, world.vfs.root()));
    }

    @Test
    void exchange_swaps() {
        assertEquals(0, guest.rename("/a/one", "/b", RenameFlags.RENAME_EXCHANGE));
        assertEquals("1", guest.text("/b"));
        assertEquals("2", guest.text("/a/one/two"));
    }

    @Test
    void noReplace_keepsWhatIsThere() {
        assertEquals(
                error(Errno.EEXIST),
                guest.rename("/a/one", "/b/two", RenameFlags.RENAME_NOREPLACE));
    }

    @Test
    void types_mustAgree() {
        assertEquals(error(Errno.EISDIR), guest.rename("/a/one", "/b"));
        assertEquals(error(Errno.ENOTDIR), guest.rename("/a", "/b/two"));
        assertEquals(error(Errno.ENOTEMPTY), guest.rename("/a", "/b"));
    }

    @Test
    void directoryIntoItself_givesEinval() {
        guest.mkdir("/a/sub", 0755);
        assertEquals(error(Errno.EINVAL), guest.rename("/a", "/a/sub/x"));
        assertEquals(error(Errno.ENOTEMPTY), guest.rename("/a/sub", "/a"));
    }

    @Test
    void sameFile_staysTwice() {
        guest.link("/a/one", "/a/same");
        assertEquals(0, guest.rename("/a/one", "/a/same"));
        assertEquals("1", guest.text("/a/one"));
    }

    @Test
    void stickyDirectory_protectsOthersFiles() {
        world.task.fs().setUmask(0);
        guest.mkdir("/tmp", 01777);
        guest.close(guest.make("/tmp/roots", ""));
        world.as(1000, 1000, 0);
        assertEquals(error(Errno.EPERM), guest.unlink("/tmp/roots"));
        assertEquals(error(Errno.EPERM), guest.rename("/tmp/roots", "/tmp/mine"));
    }

    @Test
    void removedDirectory_takesNothingMore() {
        guest.mkdir("/gone", 0755);
        world.task.fs().setWorkingDirectory(world.vfs.resolve(world.task, "/gone", Follow.YES));
        assertEquals(0, guest.rmdir("/gone"));
        assertEquals(error(Errno.ENOENT), guest.make("file", ""));
        assertEquals(error(Errno.ENOENT), guest.mkdir("dir", 0755));
        assertEquals(0, guest.stat(".."));
    }
}
