package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.vfs.fake.World;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HugetlbfsTest {
    private final World world = new World();

    private void open(Map<String, String> options) {
        world.vfs.openFilesystem("hugetlbfs", "none", options, false, List.of());
    }

    @Test
    void filesystemWithoutInodes_keepsNoPages() {
        Errno refused =
                assertThrows(
                                ErrnoException.class,
                                () -> open(Map.of("min_size", "4M", "nr_inodes", "0")))
                        .errno();
        assertEquals(Errno.ENOMEM, refused);
        assertEquals(0, world.openShares);
    }

    @Test
    void pages_areKeptUntilTheEnd() {
        open(Map.of("min_size", "4M"));
        assertEquals(1, world.openShares);
        world.vfs.close();
        assertEquals(0, world.openShares);
    }
}
