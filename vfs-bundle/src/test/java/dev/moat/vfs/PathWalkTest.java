package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.vfs.Vfs.Follow;
import dev.moat.vfs.fake.World;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PathWalkTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);

    @BeforeEach
    void tree() {
        guest.mkdir("/a", 0755);
        guest.mkdir("/a/b", 0755);
        guest.close(guest.make("/a/b/file", "content"));
    }

    @Test
    void dotsAndSlashes_areSkipped() {
        assertEquals("content", guest.text("//a/./b/../b///file"));
        assertEquals("content", guest.text("/../../a/b/file"));
    }

    @Test
    void missingName_givesEnoent() {
        assertEquals(error(Errno.ENOENT), guest.stat("/a/none"));
        assertEquals(error(Errno.ENOENT), guest.stat("/none/file"));
        assertEquals(error(Errno.ENOENT), guest.stat(""));
    }

    @Test
    void fileAsDirectory_givesEnotdir() {
        assertEquals(error(Errno.ENOTDIR), guest.stat("/a/b/file/x"));
        assertEquals(error(Errno.ENOTDIR), guest.stat("/a/b/file/"));
        assertEquals(error(Errno.ENOTDIR), guest.stat("/a/b/file/."));
    }

    @Test
    void links_areFollowedRelativeToTheirDirectory() {
        guest.symlink("b/file", "/a/link");
        guest.symlink("/a", "/absolute");
        assertEquals("content", guest.text("/a/link"));
        assertEquals("content", guest.text("/absolute/b/file"));
        assertEquals("content", guest.text("/absolute/link"));
    }

    @Test
    void linkLoops_giveEloop() {
        guest.symlink("two", "/one");
        guest.symlink("one", "/two");
        assertEquals(error(Errno.ELOOP), guest.stat("/one"));
        guest.symlink("l1", "/l0");
        for (int i = 1; i <= 40; i++) {
            guest.symlink(i == 40 ? "/a/b/file" : "l" + (i + 1), "/l" + i);
        }
        assertEquals(0, guest.stat("/l1"));
        assertEquals(error(Errno.ELOOP), guest.stat("/l0"));
    }

    @Test
    void noFollow_stopsAtALastLinkOnly() {
        guest.symlink("a", "/link");
        assertEquals(
                error(Errno.ELOOP),
                guest.open("/link", OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, 0));
        assertTrue(guest.open("/link/b/file", OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, 0) >= 0);
        assertTrue(guest.open("/link/", OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, 0) >= 0);
    }

    @Test
    void longNames_giveEnametoolong() {
        assertEquals(error(Errno.ENOENT), guest.stat("/" + "x".repeat(255)));
        assertEquals(error(Errno.ENAMETOOLONG), guest.stat("/" + "x".repeat(256)));
        assertEquals(error(Errno.ENAMETOOLONG), guest.stat("/a".repeat(2048)));
    }

    @Test
    void directoriesWithoutExecute_areClosedToOthers() {
        guest.mkdir("/closed", 0700);
        guest.close(guest.make("/closed/file", "x"));
        world.as(1000, 1000, 0);
        assertEquals(error(Errno.EACCES), guest.stat("/closed/file"));
        world.as(0, 0, World.EVERYTHING);
        assertEquals(0, guest.stat("/closed/file"));
    }

    @Test
    void removedThenMade_isSeenAnew() {
        assertEquals(error(Errno.ENOENT), guest.stat("/new"));
        guest.close(guest.make("/new", "1"));
        assertEquals("1", guest.text("/new"));
        guest.unlink("/new");
        assertEquals(error(Errno.ENOENT), guest.stat("/new"));
        guest.mkdir("/new", 0755);
        assertEquals(0, guest.stat("/new/."));
    }

    @Test
    void mounts_areCrossedBothWays() {
        world.vfs.mount("tmpfs", "inner", "/a/b", Map.of(), 0);
        assertEquals(error(Errno.ENOENT), guest.stat("/a/b/file"));
        guest.close(guest.make("/a/b/inner", "mounted"));
        assertEquals("mounted", guest.text("/a/b/../b/inner"));
        assertEquals(error(Errno.EXDEV), guest.rename("/a/b/inner", "/a/inner"));
        assertEquals(error(Errno.EBUSY), guest.rmdir("/a/b"));
        Place place = world.vfs.resolve(world.task, "/a/b/inner", Follow.YES);
        assertEquals("/a/b/inner", world.vfs.pathOf(place, world.vfs.root()));
        Place inner = world.vfs.resolve(world.task, "/a/b", Follow.YES);
        world.vfs.mounter().unmount(world.task, inner, false);
        assertEquals("content", guest.text("/a/b/file"));
    }

    @Test
    void readOnlyMount_refusesChanges() {
        world.vfs.mount("tmpfs", "inner", "/a/b", Map.of(), MountFlags.MS_RDONLY);
        assertEquals(error(Errno.EROFS), guest.make("/a/b/x", ""));
        assertEquals(error(Errno.EROFS), guest.mkdir("/a/b/x", 0755));
    }

    @Test
    void rootJail_endsDotDot() {
        world.task.fs().setRoot(world.vfs.resolve(world.task, "/a", Follow.YES));
        assertEquals("content", guest.text("/../../b/file"));
        guest.symlink("/b/file", "/jailed");
        assertEquals("content", guest.text("/jailed"));
    }

    @Test
    void pathOfRemoved_saysSo() {
        Place place = world.vfs.resolve(world.task, "/a/b/file", Follow.YES);
        guest.unlink("/a/b/file");
        assertEquals("/a/b/file (deleted)", world.vfs.pathOf(place, world.vfs.root()));
    }
}
