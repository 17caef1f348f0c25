package dev.moat.fs.erofs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.PosixAcl;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that mkfs.erofs made, whole and changed. The image "plain" is the one to compare with. */
class PackedImagesTest {
    private static final Set<Errno> BROKEN =
            Set.of(
                    Errno.EUCLEAN,
                    Errno.EIO,
                    Errno.EINVAL,
                    Errno.EOPNOTSUPP,
                    Errno.EBADMSG,
                    Errno.ELOOP,
                    Errno.ENXIO);
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int CHANGED_IMAGES = 50;

    @ParameterizedTest
    @ValueSource(strings = {"lz4", "legacy", "shared", "tails", "lzma", "deflate", "zstd"})
    void read_ofPackedImage_givesWhatThePlainOneHas(String name) throws IOException {
        Map<String, byte[]> expected = files(mount(bytes("plain")));
        Map<String, byte[]> found = files(mount(bytes(name)));

        assertEquals(16, found.size());
        assertEquals(expected.keySet(), found.keySet());
        for (String path : expected.keySet()) {
            assertTrue(Arrays.equals(expected.get(path), found.get(path)), path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "lz4", "lzma"})
    void acl_ofImage_isWhatItWasMadeOf(String name) throws IOException {
        ErofsFilesystem filesystem = mount(bytes(name));
        ErofsDirectory root = (ErofsDirectory) filesystem.root();

        assertEquals(6, lookup(root, "tiny").acl(PosixAcl.Kind.ACCESS).entries().size());
        assertEquals(
                List.of("system.posix_acl_access", "user.com.example.first"),
                lookup(root, "tiny").listXattrs());
        assertEquals(
                List.of("user.com.example.first", "user.com.example.second"),
                lookup(root, "small").listXattrs());
    }

    /** Nothing but errors of files, and an end. Seeded: a find stays one. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "lz4", "legacy", "shared", "tails", "lzma", "deflate", "zstd"})
    void read_ofChangedImage_endsWithAnErrorOfFiles(String name) throws IOException {
        byte[] whole = bytes(name);
        assertTimeoutPreemptively(
                Duration.ofMinutes(2),
                () -> {
                    for (int seed = 0; seed < CHANGED_IMAGES; seed++) {
                        readAll(changed(whole, new Random(seed)));
                    }
                });
    }

    /** Without the checksum, which would find every change of the superblock. */
    private static byte[] changed(byte[] whole, Random random) {
        byte[] image = whole.clone();
        image[1032] &= ~1;
        int changes = 1 + random.nextInt(40);
        for (int i = 0; i < changes; i++) {
            boolean near = random.nextBoolean();
            int place = 1024 + random.nextInt(near ? 8192 : image.length - 1024);
            image[place] =
                    (byte)
                            switch (random.nextInt(3)) {
                                case 0 -> image[place] ^ 1 << random.nextInt(8);
                                case 1 -> random.nextBoolean() ? 0 : -1;
                                default -> random.nextInt();
                            };
        }
        return image;
    }

    private static void readAll(byte[] image) {
        ErofsFilesystem filesystem;
        try {
            filesystem = mount(image);
        } catch (ErrnoException e) {
            assertTrue(BROKEN.contains(e.errno()), e.errno().name());
            return;
        }
        readAll((ErofsDirectory) filesystem.root(), 2);
    }

    private static void readAll(ErofsDirectory directory, int depth) {
        int[] budget = {100};
        Map<String, Long> names = new TreeMap<>();
        attempt(() ->
                directory.listEntries((name, inode, type, next) -> {
                    names.put(name, inode);
                    return budget[0]-- > 0;
                }));
        for (String name : names.keySet()) {
            attempt(() -> {
                if (directory.lookup(name) instanceof ErofsInode inode) {
                    read(inode, depth);
                }
            });
        }
    }

    private static void read(ErofsInode inode, int depth) {
        attempt(inode::listXattrs);
        attempt(() -> inode.acl(PosixAcl.Kind.ACCESS));
        attempt(inode::attributes);
        if (inode instanceof ErofsDirectory directory) {
            if (depth > 0) {
                readAll(directory, depth - 1);
            }
        } else if (FileMode.S_ISLNK(inode.mode())) {
            attempt(inode::readSymlinkContent);
        } else {
            long size = inode.node().sizeBytes();
            for (long offset : new long[] {0, size / 2, size - 1}) {
                attempt(() -> inode.readContent(Math.max(0, offset), buffer()));
            }
        }
    }

    private static KernelBuffer buffer() {
        return KernelBuffer.of(new byte[BUFFER_BYTES]);
    }

    private static void attempt(Runnable action) {
        try {
            action.run();
        } catch (ErrnoException e) {
            assertTrue(BROKEN.contains(e.errno()), e.errno().name());
        }
    }

    @Test
    void mount_ofImageWithWrongChecksum_failsEbadmsg() throws IOException {
        byte[] image = bytes("lz4");
        image[1024 + 48]++;
        try {
            mount(image);
        } catch (ErrnoException e) {
            assertEquals(Errno.EBADMSG, e.errno());
            return;
        }
        throw new AssertionError("mounted");
    }

    private static ErofsFilesystem mount(byte[] image) {
        return new ErofsFilesystem(
                new ErofsType(),
                new MountRequest(null, "image", Map.of(), true, List.of(), 7),
                new Image(new ImageFile(image).open()));
    }

    private static byte[] bytes(String name) throws IOException {
        try (var stream = PackedImagesTest.class.getResourceAsStream("/" + name + ".erofs")) {
            return stream.readAllBytes();
        }
    }

    private static ErofsInode lookup(ErofsDirectory directory, String name) {
        return (ErofsInode) directory.lookup(name);
    }

    private static Map<String, byte[]> files(ErofsFilesystem filesystem) {
        Map<String, byte[]> found = new TreeMap<>();
        collect((ErofsDirectory) filesystem.root(), "", found);
        return found;
    }

    private static void collect(ErofsDirectory directory, String path, Map<String, byte[]> found) {
        directory.listEntries((name, number, type, next) -> {
            ErofsInode inode = lookup(directory, name);
            if (inode instanceof ErofsDirectory inner) {
                collect(inner, path + name + "/", found);
            } else {
                byte[] content = new byte[(int) inode.node().sizeBytes()];
                inode.readContent(0, KernelBuffer.of(content));
                found.put(path + name, content);
            }
            return true;
        });
    }
}
