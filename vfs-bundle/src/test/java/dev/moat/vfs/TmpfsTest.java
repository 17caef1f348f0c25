package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Vfs.Follow;
import dev.moat.vfs.fake.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TmpfsTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);

    private Inode inode(String path) {
        return world.vfs.resolve(world.task, path, Follow.NO).inode();
    }

    private List<String> list(FileDescription directory, int batch) {
        List<String> names = new ArrayList<>();
        int before;
        do {
            before = names.size();
            int[] room = {batch};
            directory.readDirectory(
                    world.task, (name, inode, type, next) -> room[0]-- > 0 && names.add(name));
        } while (names.size() > before);
        return names;
    }

    @Test
    void listing_survivesChanges() {
        guest.mkdir("/dir", 0755);
        for (int i = 0; i < 100; i++) {
            guest.close(guest.make("/dir/" + i, ""));
        }
        FileDescription directory =
                world.task.files().acquire((int) guest.open("/dir", OpenFlags.O_RDONLY, 0));
        List<String> names = new ArrayList<>();
        directory.readDirectory(
                world.task, (name, inode, type, next) -> names.size() < 52 && names.add(name));
        for (int i = 0; i < 60; i++) {
            guest.unlink("/dir/" + i);
        }
        names.addAll(list(directory, 7));
        assertEquals(52 + 40, names.size());
        assertEquals(List.of(".", "..", "0"), names.subList(0, 3));
        assertEquals("99", names.getLast());
    }

    @Test
    void manyEntries_areFast() {
        guest.mkdir("/many", 0755);
        Place directory = world.vfs.resolve(world.task, "/many", Follow.YES);
        for (int i = 0; i < 50_000; i++) {
            world.vfs
                    .names()
                    .create(world.task.credentials(), directory, "file" + i, 0100644, 0, 0);
        }
        FileDescription stream = directory.inode().open(world.task, OpenFlags.O_RDONLY);
        assertEquals(50_002, list(stream, 1000).size());
        assertEquals(0, guest.stat("/many/file49999"));
    }

    @Test
    void links_areCounted() {
        guest.close(guest.make("/file", ""));
        guest.link("/file", "/second");
        assertEquals(2, inode("/file").attributes().links());
        guest.unlink("/file");
        assertEquals(1, inode("/second").attributes().links());
        guest.mkdir("/dir", 0755);
        guest.mkdir("/dir/sub", 0755);
        assertEquals(3, inode("/dir").attributes().links());
        assertEquals(error(Errno.EPERM), guest.link("/dir", "/dir2"));
    }

    @Test
    void quota_givesEnospcAndComesBack() {
        guest.mkdir("/small", 0755);
        world.vfs.mount("tmpfs", "small", "/small", Map.of("size", "8k"), 0);
        long fd = guest.make("/small/file", "");
        assertEquals(8192, guest.write(fd, "x".repeat(8192)));
        assertEquals(error(Errno.ENOSPC), guest.write(fd, "y"));
        guest.unlink("/small/file");
        guest.close(fd);
        assertEquals(2, inode("/small").filesystem().statfs().freeBlocks());
    }

    @Test
    void inodeLimit_givesEnospc() {
        guest.mkdir("/few", 0755);
        world.vfs.mount("tmpfs", "few", "/few", Map.of("nr_inodes", "3"), 0);
        guest.make("/few/1", "");
        guest.make("/few/2", "");
        assertEquals(error(Errno.ENOSPC), guest.make("/few/3", ""));
        guest.unlink("/few/1");
        assertTrue(guest.make("/few/3", "") >= 0);
    }

    @Test
    void unknownOption_givesEinval() {
        guest.mkdir("/bad", 0755);
        ErrnoException failure =
                assertThrows(
                        ErrnoException.class,
                        () -> world.vfs.mount("tmpfs", "x", "/bad", Map.of("nonsense", ""), 0));
        assertEquals(Errno.EINVAL, failure.errno());
    }

    @Test
    void times_follow() {
        long fd = guest.make("/file", "");
        long before = inode("/file").attributes().mtimeNs();
        world.clock.advance(5);
        guest.write(fd, "x");
        assertEquals(before + 5, inode("/file").attributes().mtimeNs());
        world.clock.advance(5);
        guest.text("/file");
        assertTrue(inode("/file").attributes().atimeNs() > before + 5);
    }

    @Test
    void xattrs_areKept() {
        guest.close(guest.make("/file", ""));
        Inode file = inode("/file");
        file.setXattr("user.a", new byte[] {1}, 0);
        assertEquals(List.of("user.a"), file.listXattrs());
        file.removeXattr("user.a");
        assertThrows(ErrnoException.class, () -> file.getXattr("user.a"));
    }
}
