package dev.moat.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Auxv;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.mm.MapRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Loads real programs of the machine, and damaged ones, into a fake address space. */
class ProgramLoaderTest {
    private static final String LINKER = "/lib64/ld-linux-x86-64.so.2";

    private final LoaderFixture fixture = new LoaderFixture();

    @BeforeEach
    void readPrograms() throws IOException {
        add("/bin/true", Files.readAllBytes(Path.of("/bin/true")));
        add(LINKER, Files.readAllBytes(Path.of(LINKER)));
    }

    @Test
    void dynamicProgram_startsInItsInterpreter() {
        ProgramLoader.Image image =
                fixture.load("/bin/true", List.of("true", "x"), List.of("A=b", "C=d"));
        Map<Long, Long> words = auxiliaryVector(image);
        assertEquals("true", image.name());
        long base = words.get((long) Auxv.AT_BASE);
        assertTrue(image.entry() > base && image.entry() < base + (1 << 20));
        MapRequest entryPage = fixture.space.pages.get(Pages.down(image.entry()));
        assertEquals(5, entryPage.prot());
        MapRequest programEntry =
                fixture.space.pages.get(Pages.down(words.get((long) Auxv.AT_ENTRY)));
        assertEquals(5, programEntry.prot());
        assertNotNull(fixture.space.pages.get(Pages.down(words.get((long) Auxv.AT_PHDR))));
        assertTrue(fixture.space.breakStart > words.get((long) Auxv.AT_ENTRY));
        assertTrue(fixture.files.get(LINKER).closed, "the interpreter's file is released");
    }

    @Test
    void stack_hasArgumentsEnvironmentAndWords() {
        ProgramLoader.Image image =
                fixture.load("/bin/true", List.of("true", "\u00ff"), List.of("A=b"));
        long sp = image.stackPointer();
        assertEquals(0, sp % 16);
        assertEquals(2, fixture.space.readLong(sp));
        assertEquals("true", fixture.space.readString(fixture.space.readLong(sp + 8)));
        assertEquals("\u00ff", fixture.space.readString(fixture.space.readLong(sp + 16)));
        assertEquals(0, fixture.space.readLong(sp + 24));
        assertEquals("A=b", fixture.space.readString(fixture.space.readLong(sp + 32)));
        assertEquals(0, fixture.space.readLong(sp + 40));
        Map<Long, Long> words = auxiliaryVector(image);
        assertEquals(1000, words.get((long) Auxv.AT_UID));
        assertEquals(1002, words.get((long) Auxv.AT_EUID));
        assertEquals(1001, words.get((long) Auxv.AT_GID));
        assertEquals(1003, words.get((long) Auxv.AT_EGID));
        assertEquals(0x1234, words.get((long) Auxv.AT_HWCAP));
        assertEquals(4096, words.get((long) Auxv.AT_PAGESZ));
        assertEquals("/bin/true", fixture.space.readString(words.get((long) Auxv.AT_EXECFN)));
        assertEquals("x86_64", fixture.space.readString(words.get((long) Auxv.AT_PLATFORM)));
        assertEquals((byte) 0xab, fixture.space.readByte(words.get((long) Auxv.AT_RANDOM) + 15));
        MapRequest vdso = fixture.space.pages.get(words.get((long) Auxv.AT_SYSINFO_EHDR));
        assertEquals("[vdso]", vdso.name());
        assertEquals(
                fixture.space.layout.orElseThrow().argumentsStart(),
                fixture.space.readLong(sp + 8));
        MapRequest stack = fixture.space.pages.get(Pages.down(sp));
        assertEquals("[stack]", stack.name());
        assertEquals(3, stack.prot());
    }

    @Test
    void noArguments_becomeOneEmptyOne() {
        ProgramLoader.Image image = fixture.load("/bin/true", List.of(), List.of());
        assertEquals(1, fixture.space.readLong(image.stackPointer()));
    }

    @Test
    void script_runsItsInterpreterWithTheScriptsPath() {
        add("/s", "#!/bin/true  one two \n");
        ProgramLoader.Image image = fixture.load("/s", List.of("zero", "three"), List.of());
        long sp = image.stackPointer();
        assertEquals(4, fixture.space.readLong(sp));
        String[] expected = {"/bin/true", "one two", "/s", "three"};
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    expected[i], fixture.space.readString(fixture.space.readLong(sp + 8 + 8L * i)));
        }
        assertEquals("s", image.name());
        assertSame(fixture.files.get("/bin/true"), image.executable());
        fixture.files.get("/s").release();
        assertTrue(fixture.files.get("/s").closed, "only the caller's reference was left");
    }

    @Test
    void scriptsOfScripts_endAtFive() {
        add("/s1", "#!/bin/true\n");
        for (int i = 2; i <= 6; i++) {
            add("/s" + i, "#!/s" + (i - 1) + "\n");
        }
        assertNotNull(fixture.load("/s5", List.of("x"), List.of()));
        add("/s1", "#!/bin/true\n");
        for (int i = 2; i <= 6; i++) {
            add("/s" + i, "#!/s" + (i - 1) + "\n");
        }
        refused(Errno.ELOOP, "/s6");
    }

    @Test
    void otherFiles_giveTheErrnoOfLinux() throws IOException {
        add("/empty", "");
        refused(Errno.ENOEXEC, "/empty");
        add("/text", "echo hi\n");
        refused(Errno.ENOEXEC, "/text");
        add("/script", "#!/nowhere\n");
        refused(Errno.ENOENT, "/script");
        byte[] arm = Files.readAllBytes(Path.of("/bin/true"));
        arm[18] = (byte) 183; // EM_AARCH64
        add("/arm", arm);
        refused(Errno.ENOEXEC, "/arm");
        byte[] badLinker = Files.readAllBytes(Path.of(LINKER));
        badLinker[18] = 40; // EM_ARM
        add(LINKER, badLinker);
        refused(Errno.ELIBBAD, "/bin/true");
        add(LINKER, "x");
        refused(Errno.EIO, "/bin/true");
        fixture.files.remove(LINKER);
        refused(Errno.ENOENT, "/bin/true");
        fixture.files.put("/directory", new FakeProgram(new byte[0], 040755));
        refused(Errno.EACCES, "/directory");
    }

    @Test
    void tooMuch_givesE2big() {
        String longest = "a".repeat(131071);
        assertNotNull(fixture.load("/bin/true", List.of(longest), List.of()));
        assertSame(
                Errno.E2BIG,
                assertThrows(
                                ErrnoException.class,
                                () -> fixture.load("/bin/true", List.of(longest + "a"), List.of()))
                        .errno());
        List<String> many = Collections.nCopies(17, longest);
        assertSame(
                Errno.E2BIG,
                assertThrows(
                                ErrnoException.class,
                                () -> fixture.load("/bin/true", List.of("x"), many))
                        .errno());
    }

    @Test
    void linkerItself_isLoadedAnywhere() {
        ProgramLoader.Image image = fixture.load(LINKER, List.of("ld.so"), List.of());
        Map<Long, Long> words = auxiliaryVector(image);
        assertEquals(0, words.get((long) Auxv.AT_BASE));
        assertEquals(image.entry(), words.get((long) Auxv.AT_ENTRY));
    }

    /** Flips bytes and cuts files: whatever comes out, it is an image or an errno. */
    @Test
    void damagedPrograms_neverBreakTheLoader() throws IOException {
        byte[] good = Files.readAllBytes(Path.of("/bin/true"));
        Random random = new Random(1);
        for (int round = 0; round < 1000; round++) {
            byte[] bad = good.clone();
            int flips = 1 + random.nextInt(4);
            for (int i = 0; i < flips; i++) {
                // the ELF header and the program headers
                bad[random.nextInt(64 + 13 * 56)] = (byte) random.nextInt(256);
            }
            if (round % 5 == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(2000));
            }
            LoaderFixture one = new LoaderFixture();
            one.files.put("/bin/true", new FakeProgram(bad));
            one.files.put(LINKER, new FakeProgram(round % 2 == 0 ? bad : good));
            try {
                one.load("/bin/true", List.of("x"), List.of());
            } catch (ErrnoException e) {
                assertTrue(one.files.get("/bin/true") != null);
            }
        }
    }

    private void refused(Errno errno, String path) {
        assertSame(
                errno,
                assertThrows(
                                ErrnoException.class,
                                () -> fixture.load(path, List.of("x"), List.of()),
                                path)
                        .errno(),
                path);
    }

    private void add(String path, String text) {
        add(path, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void add(String path, byte[] content) {
        fixture.files.put(path, new FakeProgram(content));
    }

    private Map<Long, Long> auxiliaryVector(ProgramLoader.Image image) {
        long at = image.stackPointer() + 8;
        for (int nulls = 0; nulls < 2; at += 8) {
            if (fixture.space.readLong(at) == 0) {
                nulls++;
            }
        }
        Map<Long, Long> words = new HashMap<>();
        for (; fixture.space.readLong(at) != 0; at += 16) {
            words.put(fixture.space.readLong(at), fixture.space.readLong(at + 8));
        }
        return words;
    }
}
