package dev.moat.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The structs whose length depends on a name. */
class VariableStructTest {
    private final byte[] bytes = new byte[512];
    private final MemorySegment segment = MemorySegment.ofArray(bytes);

    @Test
    void dirent64_isPaddedToEightBytes() {
        var entry = new Dirent64(42, 7, FileMode.DT_REG, "hello");
        assertEquals(32, entry.lengthBytes());
        assertEquals(24, new Dirent64(1, 1, 0, "1234").lengthBytes());
        entry.writeTo(segment, 1);
        assertEquals(entry, Dirent64.readFrom(segment, 1));
        assertEquals(FileMode.DT_REG, bytes[1 + 18]);
        assertEquals('h', bytes[1 + 19]);
    }

    @Test
    void linuxDirent_hasItsTypeAtTheEnd() {
        var entry = new LinuxDirent(42, 7, FileMode.DT_DIR, "abc");
        assertEquals(24, entry.lengthBytes());
        entry.writeTo(segment, 0);
        assertEquals(24, segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 16));
        assertEquals('a', bytes[18]);
        assertEquals(0, bytes[21]);
        assertEquals(FileMode.DT_DIR, bytes[23]);
    }

    @Test
    void inotifyEvent_isPaddedToSixteenBytes() {
        var plain = new InotifyEvent(1, InotifyFlags.IN_MODIFY, 0, "");
        assertEquals(16, plain.lengthBytes());
        var named = new InotifyEvent(1, InotifyFlags.IN_CREATE, 9, "a".repeat(16));
        assertEquals(48, named.lengthBytes());
        named.writeTo(segment, 5);
        assertEquals(named, InotifyEvent.readFrom(segment, 5));
    }

    @Test
    void sockaddrUn_knowsItsKind() {
        var path = new SockaddrUn("/run/x");
        assertEquals(9, path.lengthBytes());
        path.writeTo(segment, 0);
        assertEquals(path, SockaddrUn.readFrom(segment, 0, 9));
        assertEquals(path, SockaddrUn.readFrom(segment, 0, 110));
        assertEquals(path, SockaddrUn.readFrom(segment, 0, 8));

        var name = new SockaddrUn("\0ab\0");
        assertTrue(name.isAbstract());
        assertEquals(6, name.lengthBytes());
        name.writeTo(segment, 0);
        assertEquals(name, SockaddrUn.readFrom(segment, 0, 6));

        assertTrue(SockaddrUn.readFrom(segment, 0, 2).isUnnamed());
        assertFalse(path.isUnnamed());
    }

    @Test
    void utsname_endsEachTextWithZero() {
        var name = new Utsname("Linux", "n".repeat(80), "6.18", "#1", "x86_64", "(none)");
        name.writeTo(segment, 0);
        assertEquals("n".repeat(64), Utsname.readFrom(segment, 0).node());
        assertEquals("Linux", Utsname.readFrom(segment, 0).system());
    }
}
