package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.InotifyEvent;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.vfs.calls.InotifyCalls;
import dev.moat.vfs.fake.World;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InotifyTest {
    private final World world = new World();
    private final Guest guest = new Guest(world);
    private final InotifyCalls calls = new InotifyCalls();
    private int fd;

    @BeforeEach
    void instance() {
        guest.mkdir("/dir", 0755);
        fd = (int) calls.inotifyInit1(world.task, InotifyFlags.IN_NONBLOCK);
    }

    private void watch(String path, int mask) {
        calls.inotifyAddWatch(world.task, fd, world.user.put(path), mask);
    }

    /** Events as "mask name". */
    private List<String> events() {
        String text = guest.read(fd, 4000);
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment segment = MemorySegment.ofArray(bytes);
        List<String> events = new ArrayList<>();
        for (long at = 0; at + 16 <= bytes.length; ) {
            InotifyEvent event = InotifyEvent.readFrom(segment, at);
            events.add(Integer.toHexString(event.mask()) + " " + event.name());
            at += event.lengthBytes();
        }
        return events;
    }

    @Test
    void directory_tellsOfItsFiles() {
        watch("/dir", InotifyFlags.IN_ALL_EVENTS);
        long file = guest.make("/dir/file", "x");
        guest.close(file);
        guest.unlink("/dir/file");
        assertEquals(List.of("100 file", "20 file", "2 file", "8 file", "200 file"), events());
    }

    @Test
    void truncate_isAModification() {
        guest.close(guest.make("/dir/file", "x"));
        watch("/dir/file", InotifyFlags.IN_MODIFY);
        guest.close(guest.open("/dir/file", OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, 0));
        assertEquals(List.of("2 "), events());
    }

    @Test
    void rename_tellsBothSides() {
        guest.close(guest.make("/dir/old", ""));
        watch("/dir", InotifyFlags.IN_MOVE);
        guest.rename("/dir/old", "/dir/new");
        assertEquals(List.of("40 old", "80 new"), events());
    }

    @Test
    void removedFile_endsItsWatch() {
        guest.close(guest.make("/dir/file", ""));
        watch("/dir/file", InotifyFlags.IN_DELETE_SELF);
        guest.unlink("/dir/file");
        assertEquals(List.of("400 ", "8000 "), events());
    }
}
