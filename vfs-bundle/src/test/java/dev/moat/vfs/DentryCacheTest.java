package dev.moat.vfs;

import static dev.moat.vfs.Guest.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.Test;

final class DentryCacheTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);

    @Test
    void namesThatWereRemoved_areNotKeptByTheThousand() {
        for (int i = 0; i < 5_000; i++) {
            guest.close(guest.make("/file" + i, "text"));
            guest.unlink("/file" + i);
        }
        assertSmallerThan(2_000);
    }

    @Test
    void namesOfNothing_areNotKeptByTheThousand() {
        for (int i = 0; i < 5_000; i++) {
            assertEquals(error(Errno.ENOENT), guest.stat("/none" + i));
        }
        assertSmallerThan(2_000);
    }

    @Test
    void filesThatAreThere_areKept() {
        for (int i = 0; i < 1_000; i++) {
            guest.close(guest.make("/file" + i, "text"));
        }
        assertTrue(cache().size() >= 1_000, "kept " + cache().size());
    }

    @Test
    void namesOfNothing_areNotCarriedOver() {
        guest.close(guest.make("/there", "text"));
        int before = cache().size();
        for (int i = 0; i < 100; i++) {
            assertEquals(error(Errno.ENOENT), guest.stat("/none" + i));
        }
        cache().saving();
        assertTrue(cache().size() <= before, before + " -> " + cache().size());
        assertEquals("text", guest.text("/there"));
        assertEquals(error(Errno.ENOENT), guest.stat("/none1"));
    }

    private void assertSmallerThan(int limit) {
        assertTrue(cache().size() < limit, "kept " + cache().size());
    }

    private DentryCache cache() {
        return world.vfs.trees().cache();
    }
}
